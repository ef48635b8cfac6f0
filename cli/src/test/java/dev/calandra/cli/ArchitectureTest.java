package dev.calandra.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.ObjectInputStream;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the arrows of docs/architecture.md: who may know whom, and who may touch what. */
@TestInstance(Lifecycle.PER_CLASS)
class ArchitectureTest {
    private static final String ROOT = "dev.calandra.";

    /** Every room of the house with the rooms it may know. */
    private static final Map<String, List<String>> ARROWS = Map.of(
            "configs", List.of(),
            "engine", List.of(),
            "storage", List.of("configs"),
            "laws", List.of("configs"),
            "data", List.of("storage", "configs"),
            "checkpoints", List.of("storage", "configs"),
            "trainer", List.of("engine", "data", "checkpoints", "laws", "storage", "configs"),
            "cli", List.of("trainer", "engine", "data", "checkpoints", "laws", "storage", "configs"));

    /** Libraries with one owner. */
    private static final Map<String, List<String>> OWNED_LIBRARIES = Map.of(
            "storage", List.of("org.apache.hadoop.."),
            "data",
                    List.of(
                            "org.apache.arrow..",
                            "ai.djl..",
                            "com.github.luben..",
                            "dev.hardwood..",
                            "org.apache.parquet.."),
            "engine", List.of("org.nd4j..", "org.bytedeco..", "jdk.incubator.vector.."),
            "cli", List.of("picocli..", "ch.qos.logback.."));

    private JavaClasses calandra;

    @BeforeAll
    void read() {
        calandra = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.calandra");
    }

    static Stream<String> rooms() {
        return ARROWS.keySet().stream().sorted();
    }

    static Stream<String> owners() {
        return OWNED_LIBRARIES.keySet().stream().sorted();
    }

    private static String room(String name) {
        return ROOT + name + "..";
    }

    @Test
    void everyClassLivesInARoomOfTheHouse() {
        classes()
                .should()
                .resideInAnyPackage(rooms().map(ArchitectureTest::room).toArray(String[]::new))
                .check(calandra);
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void arrowsPointDownOnly(String room) {
        assertThat(calandra.that(resideInAnyPackage(room(room))))
                .as("classes of %s", room)
                .isNotEmpty();
        String[] unknown = rooms().filter(other -> !other.equals(room))
                .filter(other -> !ARROWS.get(room).contains(other))
                .map(ArchitectureTest::room)
                .toArray(String[]::new);
        if (unknown.length > 0) {
            noClasses()
                    .that()
                    .resideInAPackage(room(room))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(unknown)
                    .check(calandra);
        }
    }

    @ParameterizedTest
    @MethodSource("owners")
    void aLibraryHasOneOwner(String owner) {
        noClasses()
                .that()
                .resideOutsideOfPackage(room(owner))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(OWNED_LIBRARIES.get(owner).toArray(String[]::new))
                .check(calandra);
    }

    @Test
    void packagesDoNotDependOnEachOtherInCircles() {
        SlicesRuleDefinition.slices()
                .matching(ROOT + "(**)")
                .should()
                .beFreeOfCycles()
                .check(calandra);
    }

    @Test
    void onlyTheEngineAndTheShardReaderTouchRawMemory() {
        // An arena is the life of memory and gives no access to it.
        DescribedPredicate<JavaClass> rawMemory =
                resideInAnyPackage("java.lang.foreign..", "sun.misc..").and(not(belongToAnyOf(Arena.class)));
        noClasses()
                .that(not(resideInAnyPackage(ROOT + "engine..", ROOT + "data.shards..")))
                .should()
                .dependOnClassesThat(rawMemory)
                .check(calandra);
    }

    @Test
    void nothingIsReadByJavaDeserialisation() {
        noClasses()
                .should()
                .dependOnClassesThat(belongToAnyOf(ObjectInputStream.class))
                .check(calandra);
    }

    @Test
    void onlyMainEndsTheProcess() {
        noClasses()
                .that(not(belongToAnyOf(Main.class)))
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .check(calandra);
    }

    @Test
    void onlyMainKnowsTheStandardStreams() {
        noClasses()
                .that(not(belongToAnyOf(Main.class)))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(calandra);
    }
}
