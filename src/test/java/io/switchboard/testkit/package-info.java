/**
 * Helpers with which tests start the service and connect to it: clients, servers, proxies,
 * browsers.
 */
@NullMarked
package io.switchboard.testkit;

import org.jspecify.annotations.NullMarked;
