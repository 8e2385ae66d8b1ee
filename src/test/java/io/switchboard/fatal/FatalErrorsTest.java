package io.switchboard.fatal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class FatalErrorsTest {
    private final OutOfMemoryError noMemory = new OutOfMemoryError("Java heap space");

    @Test
    void anErrorOfTheVirtualMachineIsFatal() {
        assertThat(FatalErrors.fatal(noMemory)).isSameAs(noMemory);
        assertThat(FatalErrors.fatal(new InternalError())).isInstanceOf(InternalError.class);
    }

    @Test
    void aFatalErrorIsFoundAmongTheCauses() {
        Throwable wrapped =
                new IllegalStateException("handler failed", new CompletionException(noMemory));
        assertThat(FatalErrors.fatal(wrapped)).isSameAs(noMemory);
    }

    @Test
    void otherErrorsAndExceptionsAreNotFatal() {
        assertThat(FatalErrors.fatal(new StackOverflowError())).isNull();
        assertThat(FatalErrors.fatal(new AssertionError(new IOException()))).isNull();
        assertThat(FatalErrors.fatal(new NoClassDefFoundError("a"))).isNull();
    }

    @Test
    void aCycleOfCausesEnds() {
        Exception one = new Exception("one");
        one.initCause(new Exception("two", one));
        assertThat(FatalErrors.fatal(one)).isNull();
    }

    @Test
    void theLineNamesTheThreadAndTheError() {
        assertThat(line("loop-0", noMemory))
                .isEqualTo(
                        "switchboard ends with exit code 3 because of an error in thread loop-0:"
                                + " java.lang.OutOfMemoryError: Java heap space");
        assertThat(line("", new InternalError()))
                .endsWith("in thread (unnamed): java.lang.InternalError");
    }

    @Test
    void theLineSaysWhereAnExceptionWasThrown() {
        assertThat(line("loop-0", new IllegalStateException("why")))
                .contains(
                        "java.lang.IllegalStateException: why at "
                                + FatalErrorsTest.class.getName());
    }

    @Test
    void theLineIsOneLineOfBoundedLength() throws IOException {
        ExitLine line = new ExitLine().append("a\r\nb\u001b[2Jü").append("x".repeat(10_000));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        line.writeTo(out);
        assertThat(out.toString(US_ASCII)).startsWith("a??b?[2J?xxx").endsWith("x\n").hasSize(1001);
    }

    private static String line(String thread, Throwable thrown) {
        return ProcessExit.describe(new ExitLine(), "an error", thread, thrown).toString();
    }
}
