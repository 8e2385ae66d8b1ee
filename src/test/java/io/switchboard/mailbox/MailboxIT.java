package io.switchboard.mailbox;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** The contract with the embedded database. */
class MailboxIT extends MailboxContract {
    @TempDir static Path directory;

    @Override
    List<String> database() {
        return List.of("switchboard.data.directory=" + directory);
    }
}
