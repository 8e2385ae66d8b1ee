package io.switchboard.listener;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Reloads the listeners at SIGHUP. The JDK has no supported interface for signals, so the one of
 * its module {@code jdk.unsupported} is called by reflection: javac would refuse it as an error.
 * While the service runs, SIGHUP does not end it any more.
 */
@Component
final class HangupSignal implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(HangupSignal.class);

    private final ListenerReload reload;
    private @Nullable Object before;
    private volatile boolean running;

    HangupSignal(ListenerReload reload) {
        this.reload = reload;
    }

    @Override
    public void start() {
        running = true;
        InvocationHandler handler =
                (proxy, method, arguments) ->
                        switch (method.getName()) {
                            case "handle" -> {
                                startReload();
                                yield null;
                            }
                            case "equals" -> proxy == arguments[0];
                            case "hashCode" -> System.identityHashCode(proxy);
                            default -> "reload";
                        };
        try {
            Class<?> type = Class.forName("sun.misc.SignalHandler");
            before =
                    handle(
                            Proxy.newProxyInstance(
                                    type.getClassLoader(), new Class<?>[] {type}, handler));
        } catch (ReflectiveOperationException | RuntimeException e) {
            log.info(
                    "SIGHUP does not reload the listeners, POST /actuator/reload does: {}",
                    message(e));
        }
    }

    /**
     * The JVM calls a signal handler on a thread of its own, whose class loader does not find the
     * libraries inside of the jar. Spring Boot reads the configuration with the class loader of its
     * thread.
     */
    private void startReload() {
        Thread thread = Thread.ofVirtual().name("reload").unstarted(this::reload);
        thread.setContextClassLoader(HangupSignal.class.getClassLoader());
        thread.start();
    }

    private void reload() {
        try {
            reload.reload();
        } catch (ListenerFault e) {
            log.error("reload after SIGHUP: {}", e.detail());
        } catch (RuntimeException e) {
            log.error("reload after SIGHUP failed", e);
        }
    }

    private static String message(Exception e) {
        return String.valueOf(e.getCause() == null ? e : e.getCause());
    }

    /** Sets the handler of SIGHUP; returns the former one. */
    private static Object handle(Object handler) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        return signal.getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
                .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), handler);
    }

    @Override
    public void stop() {
        running = false;
        Object former = before;
        if (former != null) {
            try {
                handle(former);
            } catch (ReflectiveOperationException e) {
                log.debug("the former handler of SIGHUP", e);
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
