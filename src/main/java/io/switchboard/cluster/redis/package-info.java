/** The cluster over Redis: leases for membership, publish/subscribe for requests. */
@NullMarked
package io.switchboard.cluster.redis;

import org.jspecify.annotations.NullMarked;
