package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user may name, and Hugging Face folders. */
class TensorReaderTest {
    private static final Storage DISK = new LocalStorage();

    @TempDir
    Path folder;

    private void write(String file, String... tensors) throws IOException {
        List<TensorSource> sources = java.util.Arrays.stream(tensors)
                .map(name -> TensorSource.ofFloats(name, List.of(1L), name.length()))
                .toList();
        SafetensorsWriter.write(DISK, folder.resolve(file).toString(), sources, Map.of());
    }

    private TensorReader open(String name) {
        return TensorReader.open(DISK, folder.resolve(name).toString());
    }

    @Test
    void everyKindOfLocationOpens() throws IOException {
        CheckpointStore store = Samples.store(DISK, folder.resolve("run").toString(), 2);
        store.save(1, Samples.of(1).sources(), Samples.of(1).state());
        store.save(2, Samples.of(2).sources(), Samples.of(2).state());
        write("one.safetensors", "a");
        Files.createDirectories(folder.resolve("hf"));
        write("hf/model.safetensors", "b");

        try (TensorReader run = open("run");
                TensorReader step = open("run/step-000000001");
                TensorReader file = open("one.safetensors");
                TensorReader model = open("hf")) {
            assertThat(run)
                    .isInstanceOfSatisfying(
                            Checkpoint.class, c -> assertThat(c.step()).isEqualTo(2));
            assertThat(step)
                    .isInstanceOfSatisfying(
                            Checkpoint.class, c -> assertThat(c.step()).isEqualTo(1));
            assertThat(file).isInstanceOf(SafetensorsFile.class);
            assertThat(model).isInstanceOf(HuggingFaceFolder.class);
            assertThat(model.tensors()).containsExactly(new TensorInfo("b", DType.F32, List.of(1L)));
        }
        assertThatThrownBy(() -> open("absent")).hasMessageContaining("no such file or folder");
        Files.createDirectories(folder.resolve("empty"));
        assertThatThrownBy(() -> open("empty"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("holds no checkpoint");
    }

    @Test
    void shardedFolders() throws IOException {
        write("model-00001-of-00002.safetensors", "bb", "dddd");
        write("model-00002-of-00002.safetensors", "a", "unlisted");
        index("{\"bb\":\"model-00001-of-00002.safetensors\",\"dddd\":\"model-00001-of-00002.safetensors\","
                + "\"a\":\"model-00002-of-00002.safetensors\"}");

        try (HuggingFaceFolder model = HuggingFaceFolder.open(folder)) {
            assertThat(model.tensors()).extracting(TensorInfo::name).containsExactly("a", "bb", "dddd");
            assertThat(model.readFloats("dddd")).containsExactly(4);
            assertThat(model.find("unlisted")).isEmpty();
            assertThatThrownBy(() -> model.read("c")).hasMessageContaining("has no tensor 'c' among its 3");
        }
    }

    @Test
    void aCacheOfLinksOpens() throws IOException {
        write("blob", "a");
        Files.createDirectories(folder.resolve("snapshot"));
        Files.createSymbolicLink(folder.resolve("snapshot/model.safetensors"), folder.resolve("blob"));

        try (HuggingFaceFolder model = HuggingFaceFolder.open(folder.resolve("snapshot"))) {
            assertThat(model.readFloats("a")).containsExactly(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":\"../model-1.safetensors\"}",
                "{\"a\":\"/model-1.safetensors\"}",
                "{\"a\":7}",
                "{\"a\":\"absent.safetensors\"}",
                "{\"z\":\"model-1.safetensors\"}",
                "{\"a\":\"model-1.safetensors\",\"a\":\"model-1.safetensors\"}",
                "[]",
                "{"
            })
    void indexesThatLieAreRefused(String weightMap) throws IOException {
        write("model-1.safetensors", "a");
        index(weightMap);

        assertThatThrownBy(() -> HuggingFaceFolder.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(folder.toString());
    }

    @Test
    void aFolderWithoutWeightsIsNamed() {
        assertThatThrownBy(() -> HuggingFaceFolder.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model.safetensors");
    }

    private void index(String weightMap) throws IOException {
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"metadata\":{\"total_size\":12},\"weight_map\":" + weightMap + "}");
    }
}
