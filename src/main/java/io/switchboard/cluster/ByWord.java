package io.switchboard.cluster;

import io.switchboard.node.Operation;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Operations by their words; made when the first is asked for, since they need the nodes. */
final class ByWord {
    private final Supplier<List<Operation>> operations;
    private volatile @Nullable Map<String, Operation> known;

    ByWord(Supplier<List<Operation>> operations) {
        this.operations = operations;
    }

    Map<String, Operation> get() {
        Map<String, Operation> all = known;
        if (all == null) {
            all =
                    operations.get().stream()
                            .collect(Collectors.toMap(Operation::word, Function.identity()));
            known = all;
        }
        return all;
    }
}
