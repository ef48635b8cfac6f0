package dev.calandra.data.documents;

import java.io.IOException;

/** Where the documents of a user's files come from. */
public final class DocumentSources {
    private DocumentSources() {}

    /**
     * The documents of files with the usual field names; see {@link #open(String, Fields)}.
     *
     * @throws dev.calandra.configs.DataException when there is no such file, or one has an unknown ending
     */
    public static DocumentSource open(String input) throws IOException {
        return open(input, Fields.DEFAULT);
    }

    /**
     * The documents of files that a user names, by their endings: JSON lines ({@code .jsonl}, {@code .ndjson}, {@code .json}) and text
     * ({@code .txt}, {@code .text}, {@code .md}), each plain, {@code .gz} or {@code .zst}; Parquet; Arrow ({@code .arrow}, {@code .arrows},
     * {@code .ipc}, {@code .feather}); Megatron's {@code .bin} with its {@code .idx}.
     *
     * @param input a file, a folder (every such file below it) or a glob, local or {@code hdfs://}
     * @throws dev.calandra.configs.DataException when there is no such file, or one has another ending
     */
    public static DocumentSource open(String input, Fields fields) throws IOException {
        return FileDocuments.open(input, fields);
    }
}
