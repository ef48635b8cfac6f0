package dev.calandra.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.hadoop.hdfs.protocol.DSQuotaExceededException;
import org.apache.hadoop.hdfs.server.namenode.SafeModeException;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.security.AccessControlException;
import org.junit.jupiter.api.Test;

/** How long is waited, for what, and what Hadoop's exceptions become; a list of failures stands in for the name node. */
class PatienceTest implements Patience.Ping {
    private static final String PLACE = "hdfs://nn/run";

    private final Deque<IOException> failures = new ArrayDeque<>();
    private final List<String> sent = new ArrayList<>();

    @Override
    public void reads() throws IOException {
        send("read ping");
    }

    @Override
    public void writes() throws IOException {
        send("write ping");
    }

    private String send(String request) throws IOException {
        sent.add(request);
        if (!failures.isEmpty()) {
            throw failures.pop();
        }
        return request;
    }

    private Patience patience(Duration limit) {
        return new Patience("nn", limit, Duration.ofSeconds(15), this);
    }

    private static IOException safeMode() {
        return new RemoteException(
                SafeModeException.class.getName(), "Name node is in safe mode.\n\tat a.server.Stack");
    }

    private String change(Patience patience) throws IOException {
        return patience.await("create", PLACE, true, () -> send("create"));
    }

    @Test
    void safeModeIsWaitedFor() throws IOException {
        Patience patience = patience(Duration.ofSeconds(3));
        change(patience);
        failures.addAll(List.of(safeMode(), safeMode()));

        assertThat(change(patience)).isEqualTo("create");

        assertThat(sent).containsExactly("read ping", "create", "create", "create", "create");
    }

    @Test
    void anOutageIsWaitedForOnce() throws IOException {
        Patience patience = patience(Duration.ofMillis(50));
        change(patience);
        for (int i = 0; i < 1000; i++) {
            failures.add(safeMode());
        }
        assertThatThrownBy(() -> change(patience))
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining(PLACE)
                .hasMessageContaining("safe mode")
                .hasMessageContaining("calandra.hdfs.patience");
        sent.clear();
        assertThatThrownBy(() -> change(patience)).isInstanceOf(StorageUnavailableException.class);
        assertThat(sent).as("no second wait").containsExactly("write ping");

        failures.clear();
        sent.clear();
        change(patience);
        change(patience);
        assertThat(sent).containsExactly("write ping", "create", "create");
    }

    @Test
    void aReadThatSafeModeLetsPassDoesNotEndAnOutage() throws IOException {
        Patience patience = patience(Duration.ofMillis(50));
        change(patience);
        for (int i = 0; i < 1000; i++) {
            failures.add(safeMode());
        }
        assertThatThrownBy(() -> change(patience)).isInstanceOf(StorageUnavailableException.class);
        List<IOException> outage = List.copyOf(failures);
        failures.clear();
        patience.await("list", PLACE, false, () -> send("list"));
        failures.addAll(outage);
        sent.clear();
        assertThatThrownBy(() -> change(patience)).isInstanceOf(StorageUnavailableException.class);
        assertThat(sent).as("no second wait").containsExactly("write ping");
    }

    @Test
    void aNameNodeThatNeverAnsweredIsAskedOnce() {
        failures.add(new ConnectException("Connection refused"));

        assertThatThrownBy(() -> change(patience(Duration.ofMinutes(5))))
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining("does not answer (Connection refused)");
        assertThat(sent).containsExactly("read ping");
    }

    @Test
    void otherFailuresAreNotRepeated() throws IOException {
        Patience patience = patience(Duration.ofMinutes(5));
        change(patience);
        failures.add(new FileNotFoundException("gone"));

        assertThatThrownBy(() -> change(patience)).isInstanceOf(NoSuchFileException.class);
        assertThat(sent).containsExactly("read ping", "create", "create");
    }

    @Test
    void aWaitingThreadCanBeInterrupted() throws IOException {
        Patience patience = patience(Duration.ofMinutes(5));
        change(patience);
        failures.add(safeMode());
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> change(patience)).hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void messagesAreOneLineWithoutTheServersStack() {
        assertThat(translated(AccessControlException.class, "Permission denied: user=eve\n\tat x"))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage(PLACE + ": Permission denied: user=eve");
        assertThat(translated(
                        DSQuotaExceededException.class,
                        "The DiskSpace quota of /run is exceeded: quota = 1 B but diskspace consumed = 2 B\n\tat x"))
                .isInstanceOf(QuotaException.class)
                .hasMessageContaining("quota = 1 B")
                .hasMessageContaining("-setSpaceQuota")
                .hasMessageNotContaining("\n");
        assertThat(translated(IOException.class, "could only be written to 0 of the 1 minReplication nodes\n\tat x"))
                .hasMessage(PLACE + ": could only be written to 0 of the 1 minReplication nodes");
    }

    private static IOException translated(Class<? extends IOException> type, String message) {
        return HadoopFailure.translated(PLACE, new RemoteException(type.getName(), message));
    }
}
