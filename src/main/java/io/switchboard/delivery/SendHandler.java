package io.switchboard.delivery;

import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import org.springframework.stereotype.Component;

/** What another node asks of this one for its share of a message's targets. */
@Component
final class SendHandler implements RpcHandler<byte[], byte[]> {
    static final RpcMethod<byte[], byte[]> METHOD =
            new RpcMethod<>("send", byte[].class, byte[].class);

    private final FirstParts firsts;

    SendHandler(FirstParts firsts) {
        this.firsts = firsts;
    }

    @Override
    public RpcMethod<byte[], byte[]> method() {
        return METHOD;
    }

    @Override
    public byte[] handle(byte[] request, long askedAt) throws InterruptedException {
        return PartBytes.of(firsts.part(PartBytes.asked(request), ConnectionCutoff.at(askedAt)));
    }
}
