package dev.calandra.data.documents;

import dev.calandra.configs.DataException;
import dev.calandra.data.documents.DocumentSource.Sink;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.ColumnProjection;
import dev.hardwood.schema.FileSchema;
import dev.hardwood.schema.SchemaNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Parquet: one row, one document; only the columns that are asked for are read. */
final class ParquetFormat implements FileFormat {
    @Override
    public boolean read(SourceFile file, Fields fields, Sink sink) throws IOException {
        try (StorageInput input = new StorageInput(file);
                ParquetFileReader reader = open(file, input)) {
            Set<String> columns = columns(file, reader.getFileSchema(), fields);
            try (RowReader rows = guarded(
                    file,
                    0,
                    () -> reader.buildRowReader()
                            .projection(ColumnProjection.columns(columns.toArray(String[]::new)))
                            .build())) {
                return readRows(file, rows, columns, fields, sink);
            }
        }
    }

    private static boolean readRows(SourceFile file, RowReader rows, Set<String> columns, Fields fields, Sink sink)
            throws IOException {
        long number = 0;
        while (guarded(file, number, rows::hasNext)) {
            long row = ++number;
            Document document;
            try {
                guarded(file, row, () -> {
                    rows.next();
                    return true;
                });
                document = fields.document(
                        name -> columns.contains(name) ? guarded(file, row, () -> value(rows, name)) : null);
            } catch (IllegalArgumentException e) {
                sink.reject(file.location(), row, e.getMessage());
                continue;
            }
            if (!sink.accept(document)) {
                return false;
            }
        }
        return true;
    }

    private static Object value(RowReader rows, String name) {
        return rows.isNull(name) ? null : rows.getValue(name);
    }

    private static ParquetFileReader open(SourceFile file, StorageInput input) {
        return guarded(file, 0, () -> {
            try {
                return ParquetFileReader.open(input);
            } catch (IOException e) {
                throw file.damaged(0, e);
            }
        });
    }

    /** The columns asked for that the file has, all at its top level. */
    private static Set<String> columns(SourceFile file, FileSchema schema, Fields fields) {
        Set<String> present = new HashSet<>();
        for (SchemaNode node : schema.getRootNode().children()) {
            present.add(node.name());
        }
        if (!present.contains(fields.text())) {
            throw new DataException("%s: no column '%s' (it has %s); name the column of the text"
                    .formatted(
                            file.location(),
                            fields.text(),
                            present.stream().sorted().toList()));
        }
        List<String> wanted = new ArrayList<>(fields.lossStart());
        wanted.add(fields.text());
        wanted.add(fields.id());
        present.retainAll(wanted);
        return present;
    }

    /** The library meets damage with exceptions of many kinds. */
    private static <T> T guarded(SourceFile file, long row, Supplier<T> read) {
        try {
            return read.get();
        } catch (DataException e) {
            throw e;
        } catch (RuntimeException e) {
            throw file.damaged(row, e);
        }
    }

    /** A file of the storage as the library wants it, which reads ahead with threads of its own. */
    private static final class StorageInput implements InputFile {
        private final SourceFile source;
        private dev.calandra.storage.InputFile file;

        private StorageInput(SourceFile source) {
            this.source = source;
        }

        @Override
        public synchronized void open() throws IOException {
            if (file == null) {
                file = source.open();
            }
        }

        @Override
        public synchronized ByteBuffer readRange(long offset, int length) throws IOException {
            if (offset < 0 || length < 0 || offset > file.length() - length) {
                throw new IOException("%d bytes at %d of %d".formatted(length, offset, file.length()));
            }
            ByteBuffer bytes = ByteBuffer.allocate(length);
            file.readFully(offset, bytes);
            return bytes.flip();
        }

        @Override
        public synchronized long length() {
            return file.length();
        }

        @Override
        public String name() {
            return source.location();
        }

        @Override
        public synchronized void close() throws IOException {
            if (file != null) {
                file.close();
            }
        }
    }
}
