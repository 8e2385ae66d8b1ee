package io.switchboard.transport.datagram;

import io.switchboard.inbound.Inbound;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.transport.Admission;

/** What the peers of one listener share. */
record DatagramService(
        Listener listener, Admission admission, PeerRegistry registry, Inbound inbound) {}
