package dev.calandra.data.shards;

import dev.calandra.configs.DataException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The shards that an interrupted job has finished: the longest row from the first on in which each has its whole file and its receipt. The
 * documents of the input are walked past them once more, which shows that the input has not changed.
 */
final class FinishedShards {
    private static final Pattern LEFT_BEHIND =
            Pattern.compile("(shard-\\d{6,}\\.(arrow|json)(\\.unfinished)?|manifest\\.json\\.unfinished)");

    private final String folder;
    private final List<ShardReceipt> receipts;
    private int current;
    private long documents;
    private long digest;

    private FinishedShards(String folder, List<ShardReceipt> receipts) {
        this.folder = folder;
        this.receipts = List.copyOf(receipts);
    }

    /**
     * Finds them, and deletes what else the job left.
     *
     * @throws DataException when the job had other settings, or the folder holds anything that a job does not leave behind
     */
    static FinishedShards in(Storage storage, String folder, String settings) throws IOException {
        if (!storage.exists(folder)) {
            return new FinishedShards(folder, List.of());
        }
        Map<String, Long> files = new HashMap<>();
        for (StorageEntry entry : storage.list(folder)) {
            if (entry.folder() || !LEFT_BEHIND.matcher(entry.name()).matches()) {
                // The folder may be one that the user named by mistake.
                throw new DataException(
                        "%s: holds '%s', which is not of an unfinished job; name another folder to write to"
                                .formatted(folder, entry.name()));
            }
            files.put(entry.name(), entry.length());
        }
        List<ShardReceipt> receipts = new ArrayList<>();
        for (int number = 0; ; number++) {
            String shard = ShardWriter.shardName(number);
            String receiptName = ShardWriter.receiptName(number);
            if (!files.containsKey(shard) || !files.containsKey(receiptName)) {
                break;
            }
            ShardReceipt receipt = read(storage, storage.child(folder, new FileName(receiptName)));
            if (!receipt.settings().equals(settings)) {
                throw new DataException(
                        folder
                                + ": holds an unfinished job that had other settings (tokenizer, name, held-out share, quality steps); run it as it was, or delete the folder");
            }
            receipt.shard().requireLength(folder + "/" + shard, files.get(shard));
            receipts.add(receipt);
            files.remove(shard);
            files.remove(receiptName);
        }
        for (String name : files.keySet()) {
            storage.delete(storage.child(folder, new FileName(name)));
        }
        return new FinishedShards(folder, receipts);
    }

    List<ShardReceipt> receipts() {
        return receipts;
    }

    /** Number in the input of the last document that is in a finished shard, -1 when there is none. */
    long lastNumber() {
        return receipts.isEmpty() ? -1 : receipts.getLast().lastNumber();
    }

    /**
     * Walks past a document.
     *
     * @throws DataException when it is not the one that was written
     */
    void pass(InputKey key) {
        ShardReceipt receipt = receipts.get(current);
        digest = key.digest(digest);
        documents++;
        if (key.number() >= receipt.lastNumber()) {
            boolean same = key.number() == receipt.lastNumber()
                    && documents == receipt.shard().documents()
                    && digest == receipt.digest();
            if (!same) {
                throw changed(receipt);
            }
            current++;
            documents = 0;
            digest = 0;
        }
    }

    /** @throws DataException when documents of finished shards have not been walked past */
    void requireAllPassed() {
        if (current < receipts.size()) {
            throw changed(receipts.get(current));
        }
    }

    private DataException changed(ShardReceipt receipt) {
        return new DataException(
                "%s: the input is not what it was when %s was written, before the job was interrupted; delete the folder to begin again"
                        .formatted(folder, receipt.shard().file()));
    }

    private static ShardReceipt read(Storage storage, String location) throws IOException {
        try (InputFile file = storage.openFile(location)) {
            byte[] json = new byte[Math.toIntExact(file.length())];
            file.readFully(0, ByteBuffer.wrap(json));
            return ShardReceipt.parse(location, json);
        }
    }
}
