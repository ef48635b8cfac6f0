package dev.calandra.laws.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CalandraException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a name means that is a column, a mapped variable or both. */
class MappedNamesTest {
    private static final List<String> VARIABLES = List.of("parameters", "tokens", "flops", "loss");

    private static Runs select(String columns, String row, String map) {
        String[] cells = row.split(",");
        RunTable table =
                new RunTable("t.csv", Arrays.asList(columns.split(",")), List.of(new Row(2, cells)), "", false);
        return RunSelector.select(table, Selection.of(map), VARIABLES, List.of());
    }

    /** Columns in millions and billions, told from the mapped variables by their capital letters alone. */
    @Test
    void computeThatIsMissingIsOfTheMappedVariables() {
        Runs runs = select("Parameters,Tokens,loss", "100,2,3", "parameters=Parameters*1e6,tokens=Tokens*1e9");

        assertThat(runs.of("flops")).containsExactly(6 * 1e8 * 2e9);
        assertThat(runs.definitions()).containsEntry("flops", "6*parameters*tokens");
        assertThat(select("parameters,tokens,loss", "100,2,3", "parameters=parameters*1e6,tokens=tokens*1e9")
                        .of("flops"))
                .containsExactly(6 * 1e8 * 2e9);
    }

    @Test
    void computeThatIsMissingIsOfActiveParametersWhereThereAreAny() {
        Runs mapped = select("N,Na,D,loss", "100,10,2,3", "parameters=N,active_parameters=Na*1,tokens=D");
        assertThat(mapped.of("flops")).containsExactly(6 * 10 * 2);
        assertThat(mapped.definitions()).containsEntry("flops", "6*active_parameters*tokens");
        assertThat(select("parameters,active_parameters,tokens,loss", "100,10,2,3", "parameters=parameters")
                        .of("flops"))
                .containsExactly(6 * 10 * 2);
    }

    @Test
    void aMappedVariableIsMeantBeforeAColumnOfAnotherCase() {
        Runs runs =
                select("Parameters,flops,loss", "100,6e18,3", "tokens=flops/(6*parameters),parameters=Parameters*1e6");

        assertThat(runs.of("parameters")).containsExactly(1e8);
        assertThat(runs.of("tokens")).containsExactly(1e10);
    }

    @Test
    void aNameThatIsBothIsRefusedUnlessInQuotes() {
        String map = "tokens=flops/(6*%s),parameters=parameters*1e6";
        assertThatThrownBy(() -> select("parameters,flops,loss", "100,6e18,3", map.formatted("parameters")))
                .isInstanceOf(CalandraException.class)
                .hasMessage(
                        "--map: parameters is a column, and mapped to parameters*1e6: write `parameters` for the column, or the expression itself for what is mapped");
        assertThat(select("parameters,flops,loss", "100,6e18,3", map.formatted("`parameters`*1e6"))
                        .of("tokens"))
                .containsExactly(1e10);
    }

    @Test
    void aCircleIsRefusedAndMissingComputeSaysWhatToMap() {
        assertThatThrownBy(() -> select("N,loss", "1,2", "parameters=6*tokens,tokens=parameters/2"))
                .hasMessageContaining("is defined by itself");
        RunTable table =
                new RunTable("t.csv", List.of("N", "loss"), List.of(new Row(2, new String[] {"1", "2"})), "", false);
        assertThatThrownBy(() -> RunSelector.select(
                        table, Selection.of("parameters=N"), List.of("flops", "parameters", "loss"), List.of()))
                .hasMessageContaining("--map must say what flops is");
    }
}
