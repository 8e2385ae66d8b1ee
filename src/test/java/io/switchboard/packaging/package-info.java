/** Tests of the build and of the deployment: image, compose files, manifests, dashboards. */
@NullMarked
package io.switchboard.packaging;

import org.jspecify.annotations.NullMarked;
