package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.calandra.configs.DataException;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.documents.DocumentSources;
import dev.calandra.data.problems.Problem;
import dev.calandra.data.problems.ProblemGenerator;
import dev.calandra.data.shards.ShardLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A corpus on HDFS, tokenized to HDFS, is the corpus on local disk. */
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HdfsTokenizeTest {
    private MiniDFSCluster cluster;
    private Tokenizer tokenizer;
    private Path local;

    @BeforeAll
    void start(@TempDir Path disk) throws IOException {
        Configuration configuration = new HdfsConfiguration();
        configuration.set(
                MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.resolve("dfs").toString());
        cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
        cluster.waitActive();
        tokenizer = TestTokenizer.open();
        local = Files.createDirectories(disk.resolve("corpus"));
        write("part-00000.jsonl.zst", Zstd.compress(lines(0)));
        write("part-00001.jsonl.gz", gzip(lines(1)));
        write("sub/part-00002.jsonl", lines(2));
        write("sub/note.txt", "A text among records.".getBytes(StandardCharsets.UTF_8));
        write("_SUCCESS", new byte[0]);
    }

    @AfterAll
    void stop() {
        tokenizer.close();
        cluster.shutdown();
    }

    @Test
    void theShardsAreTheSame() throws IOException {
        Path output = local.resolveSibling("local");
        job().run(DocumentSources.open(local.toString()), output.toString());
        DocumentSource remote = DocumentSources.open(cluster.getURI() + "/corpus");
        DocumentSource broken = sink -> {
            remote.read(sink);
            throw new IOException("the network went away");
        };
        String target = cluster.getURI() + "/shards";
        assertThatThrownBy(() -> job().run(broken, target))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the network went away");
        job().run(remote, target);
        try (FileSystem hdfs = FileSystem.newInstance(cluster.getURI(), new Configuration())) {
            for (String file : new String[] {"manifest.json", "shard-000000.arrow", "shard-000001.arrow"}) {
                var path = new org.apache.hadoop.fs.Path("/shards/train/" + file);
                try (var input = hdfs.open(path)) {
                    assertThat(input.readAllBytes())
                            .as(file)
                            .isEqualTo(
                                    Files.readAllBytes(output.resolve("train").resolve(file)));
                }
            }
        }
    }

    @Test
    void globsAndWhatIsMissing() throws IOException {
        TextCount count = new TextCount();
        DocumentSources.open(cluster.getURI() + "/corpus/part-*.gz").read(count);
        assertThat(count.documents).isEqualTo(500);
        assertThatThrownBy(() -> DocumentSources.open(cluster.getURI() + "/corpus/none-*"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no such file");
    }

    private static final class TextCount implements DocumentSource.Sink {
        private int documents;

        @Override
        public boolean accept(dev.calandra.data.documents.SourceDocument document) {
            documents++;
            return true;
        }

        @Override
        public void reject(String file, long position, String reason) {
            throw new AssertionError(file + ":" + position + ": " + reason);
        }
    }

    private TokenizeJob job() {
        TokenizeOptions options = new TokenizeOptions("corpus", 0.1, 0, 2, new ShardLimits(30_000, 4_000));
        return new TokenizeJob(tokenizer, options, progress -> {});
    }

    /** On local disk and on HDFS. */
    private void write(String name, byte[] content) throws IOException {
        Path file = local.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
        try (FileSystem hdfs = FileSystem.newInstance(cluster.getURI(), new Configuration());
                OutputStream out = hdfs.create(new org.apache.hadoop.fs.Path("/corpus/" + name))) {
            out.write(content);
        }
    }

    private static byte[] lines(long seed) {
        StringBuilder lines = new StringBuilder();
        ProblemGenerator generator = new ProblemGenerator(seed);
        for (int i = 0; i < 500; i++) {
            Problem problem = generator.problem(i);
            lines.append("{\"text\": \"")
                    .append(problem.text()
                            .replace("\\", "\\\\")
                            .replace("\"", "\\\"")
                            .replace("\n", "\\n"))
                    .append("\", \"solution_start\": ")
                    .append(problem.solutionStart())
                    .append("}\n");
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return bytes.toByteArray();
    }
}
