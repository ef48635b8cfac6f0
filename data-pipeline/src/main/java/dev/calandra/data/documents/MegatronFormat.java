package dev.calandra.data.documents;

import dev.calandra.configs.DataException;
import dev.calandra.data.documents.DocumentSource.Sink;
import dev.calandra.storage.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;

/**
 * Megatron-LM's tokenised data: {@code NAME.bin} holds token ids, {@code NAME.idx} beside it says where each sequence begins and which sequences
 * make a document. A document's id is the file's name and the document's number, so a file may grow at its end. Every position is held
 * against the length of the file before it is used.
 */
final class MegatronFormat implements FileFormat {
    @Override
    public boolean read(SourceFile file, Fields fields, Sink sink) throws IOException {
        String location = file.location();
        String indexLocation = location.substring(0, location.length() - ".bin".length()) + ".idx";
        try (InputFile tokens = file.open();
                InputFile index = openIndex(file, indexLocation)) {
            MegatronIndex entries = MegatronIndex.read(indexLocation, index, tokens.length());
            for (long number = 0; number < entries.documents(); number++) {
                MegatronIndex.Extent extent = entries.document(number);
                if (extent.tokens() == 0) {
                    sink.reject(location, number + 1, "the document is empty");
                } else if (extent.tokens() > LineReader.MAX_BYTES / Integer.BYTES) {
                    sink.reject(location, number + 1, "the document has " + extent.tokens() + " tokens; split it");
                } else if (!sink.accept(document(file.name() + "#" + number, tokens, extent, entries))) {
                    return false;
                }
            }
            return true;
        }
    }

    private static InputFile openIndex(SourceFile file, String location) throws IOException {
        try {
            return file.storage().openFile(location);
        } catch (NoSuchFileException e) {
            throw new DataException(
                    file.location() + ": Megatron data without its index " + location + "; restore it", e);
        }
    }

    private static TokenDocument document(String id, InputFile file, MegatronIndex.Extent extent, MegatronIndex entries)
            throws IOException {
        int[] tokens = new int[(int) extent.tokens()];
        int width = entries.type().bytes();
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(tokens.length, width)).order(ByteOrder.LITTLE_ENDIAN);
        file.readFully(extent.position(), bytes);
        bytes.flip();
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = entries.type().read(bytes, i * width);
        }
        return new TokenDocument(id, tokens);
    }
}
