package dev.calandra.laws.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CalandraException;
import dev.calandra.configs.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableReaderTest {
    private static final String ODD = "\ufeff,N,\"smooth loss\",D,\"lr (peak)\",note\r\n"
            + "0,\"1,000,000\", 3.5 ,2e9,1e-3,\"a, \"\"b\"\"\"\r\n"
            + "\r\n"
            + "1,70M,NaN,1.4T,,x\r\n"
            + ",,,,,\r\n"
            + "2,70M,2.5,1.4T,0.5E-3,\"two\nlines\"\r\n"
            + "3,70M,2.5,1.4T,0.5E-3,repeated\r\n";

    @TempDir
    private Path folder;

    private Path file(String content) throws IOException {
        return Files.write(folder.resolve("runs.csv"), content.getBytes(StandardCharsets.UTF_8));
    }

    private Runs select(String content, String map, String where) throws IOException {
        return RunSelector.select(
                TableReader.read(file(content)),
                new Selection(
                        ColumnMap.parse(List.of(map)),
                        where,
                        "",
                        0,
                        Selection.GUESSING,
                        Selection.Repeats.EXCLUDE,
                        "",
                        List.of()),
                List.of("parameters", "tokens", "loss"),
                List.of());
    }

    @Test
    void anOddCsvIsReadAndEveryRowAccountedFor() throws IOException {
        RunTable table = TableReader.read(file(ODD));
        assertThat(table.columns()).containsExactly("column 1", "N", "smooth loss", "D", "lr (peak)", "note");

        // A shell has taken the quotes of loss="smooth loss" away.
        Runs runs = select(ODD, "parameters=N,tokens=D,loss=smooth loss", "");
        assertThat(runs.of("parameters")).containsExactly(1e6, 7e7);
        assertThat(runs.of("tokens")).containsExactly(2e9, 1.4e12);
        assertThat(runs.of("loss")).containsExactly(3.5, 2.5);
        assertThat(runs.lines()).containsExactly(2, 6);
        assertThat(runs.rowsRead()).isEqualTo(4);
        assertThat(runs.excluded())
                .containsExactly(
                        new Exclusion("loss is missing or not a number", List.of(4)),
                        new Exclusion("a duplicate: equal to an earlier row in parameters, tokens, loss", List.of(8)));
    }

    @ParameterizedTest
    @ValueSource(chars = {';', '\t'})
    void otherSeparators(char separator) throws IOException {
        String content = "N,D,loss\n1e6,2e7,4\n2e6,4e7,3\n".replace(',', separator);
        assertThat(select(content, "parameters=N,tokens=D", "").size()).isEqualTo(2);
    }

    @Test
    void aCommaIsADecimalPointWhereSemicolonsSeparate() throws IOException {
        assertThat(select("N;D;loss\n1e6;2e7;3,5\n", "parameters=N,tokens=D", "")
                        .of("loss"))
                .containsExactly(3.5);
    }

    /** A decimal comma is never taken for thousands where that can be told. */
    @Test
    void commasThatGroupNothingAreRefused() throws IOException {
        assertThatThrownBy(() -> select("N,D,loss\n\"0,001\",2e7,3\n", "parameters=N,tokens=D", ""))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("column \"N\" holds \"0,001\" where a number is needed");
        assertThatThrownBy(() -> select("N\tD\tloss\n1,234\t2e7\t3\n", "parameters=N,tokens=D", ""))
                .hasMessageContaining("runs.csv:2: column \"N\" holds \"1,234\", which may be 1234 or 1.234");
        assertThat(select("N\tD\tloss\n1,234,567\t2e7\t3\n", "parameters=N,tokens=D", "")
                        .of("parameters"))
                .containsExactly(1234567);
        assertThat(select("N,D,loss\n\"1,234\",2e7,3\n", "parameters=N,tokens=D", "")
                        .of("parameters"))
                .containsExactly(1234);
    }

    @Test
    void aStatusInOtherWordsCanBeNamed() throws IOException {
        RunTable table = TableReader.read(file("N,D,loss,status\n1,2,3,Trained\n1,4,3,broken\n"));
        List<String> variables = List.of("parameters", "tokens", "loss");
        Selection usual = Selection.of("parameters=N,tokens=D");
        assertThatThrownBy(() -> RunSelector.select(table, usual, variables, List.of()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("1 status is Trained; 1 status is broken. A run counts if its status is finished")
                .hasMessageContaining("--status-ok");
        Selection named = new Selection(
                usual.map(), "", "", 0, Selection.GUESSING, Selection.Repeats.EXCLUDE, "", List.of("trained"));
        assertThat(RunSelector.select(table, named, variables, List.of()).lines())
                .containsExactly(2);
    }

    @Test
    void rulesOfTheLossAreRefusedWhereThereIsNone() throws IOException {
        RunTable table = TableReader.read(file("N,leverage\n1,2\n2,3\n"));
        Selection highest = new Selection(
                ColumnMap.parse(List.of("parameters=N")), "", "", 1, 12, Selection.Repeats.EXCLUDE, "", List.of());
        assertThatThrownBy(() -> RunSelector.select(table, highest, List.of("parameters", "leverage"), List.of()))
                .isInstanceOf(CalandraException.class)
                .hasMessageContaining("--drop-highest leaves out runs of highest loss, and the law has no loss");
        Selection best = new Selection(
                ColumnMap.parse(List.of("parameters=N")), "", "", 0, 12, Selection.Repeats.BEST, "", List.of());
        assertThatThrownBy(() -> RunSelector.select(table, best, List.of("parameters", "leverage"), List.of()))
                .hasMessageContaining("--repeats best keeps runs of least loss");
    }

    @Test
    void repeatsAreExcludedKeptOrOnlyTheBestOfThem() throws IOException {
        RunTable table = TableReader.read(file("N,D,loss\n1,2,3\n1,2,3\n1,2,2.5\n1,4,3\n"));
        for (Selection.Repeats repeats : Selection.Repeats.values()) {
            Selection selection = new Selection(
                    ColumnMap.parse(List.of("parameters=N,tokens=D")),
                    "",
                    "",
                    0,
                    Selection.GUESSING,
                    repeats,
                    "",
                    List.of());
            Runs runs = RunSelector.select(table, selection, List.of("parameters", "tokens", "loss"), List.of());
            assertThat(runs.lines())
                    .isEqualTo(
                            switch (repeats) {
                                case EXCLUDE -> new int[] {2, 4, 5};
                                case KEEP -> new int[] {2, 3, 4, 5};
                                case BEST -> new int[] {4, 5};
                            });
            assertThat(runs.rowsRead()).isEqualTo(4);
        }
    }

    @Test
    void jsonLinesAnArrayAndAnObjectOfNumbers() throws IOException {
        String line =
                "{\"parameters\":1e6,\"tokens\":2e7,\"loss\":%s,\"status\":\"%s\",\"hyper_parameters\":{\"wd\":0.1}}";
        String lines = line.formatted("4", "finished") + "\n\n" + line.formatted("3", "diverged") + "\n";
        Runs runs = select(lines, "parameters=parameters", "hyper_parameters.wd=0.1");
        assertThat(runs.size()).isEqualTo(1);
        assertThat(runs.excluded()).containsExactly(new Exclusion("status is diverged", List.of(3)));
        assertThat(select("[" + line.formatted("4", "finished") + "]", "", "").size())
                .isEqualTo(1);
        assertThat(TableReader.read(file("{\n\"a-1\": 2.5,\n\"b\": 3\n}")).columns())
                .containsExactly("key", "value");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a*b^2+1 | 13",
                "-a^2 | -9",
                "2^-1 | 0.5",
                "flops/(6*a) | 1",
                "smooth loss*2 | 8",
                "log10(100)+sqrt(smooth loss)+exp(0)+max(a,b) | 8",
                "\"smooth loss\"-1e0 | 3",
                "(a + b) / 5 | 1",
                "log2(8)*min(a, 1) | 3"
            })
    void expressions(String expression, double value) {
        RunTable table = new RunTable(
                "t",
                List.of("a", "b", "flops", "smooth loss", "loss"),
                List.of(new Row(2, new String[] {"3", "2", "18", "4", "9"})),
                "",
                false);
        Names names = new Names(table, Map.of(), Map.of());
        assertThat(ExpressionParser.parse(expression, names, false)
                        .at(table.rows().getFirst()))
                .isEqualTo(value);
    }

    @Test
    void aMappedNameMeansTheSameWithEveryOperator() {
        Row row = new Row(2, new String[] {"3", "2"});
        Names names =
                new Names(new RunTable("t", List.of("a", "b"), List.of(row), "", false), Map.of("a", "b"), Map.of());

        assertThat(Condition.parse("a=2", names)).accepts(row);
        assertThat(Condition.parse("a>=2 and a<=2", names)).accepts(row);
        assertThat(Condition.parse("a=3", names)).rejects(row);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(name='a) and (b') or ((a=3) and (b=2)) | true",
                "name=S-Base | true",
                "name='S-Base' and a>2 | true",
                "name!=S-Base | false",
                "a>=3 and not b=3 | true",
                "(a<1 or b<=2) and name=S-Base | true",
                "a<1 or b>2 | false",
                "a=3.0 | true",
                "a*b>5 and a/b<2 | true",
                "empty>0 | false",
                "empty<=0 | false",
                "a == 3 && b == 2 | true"
            })
    void conditions(String condition, boolean holds) {
        RunTable table = new RunTable(
                "t",
                List.of("name", "a", "b", "empty"),
                List.of(new Row(2, new String[] {"S-Base", "3", "2", ""})),
                "",
                false);
        Names names = new Names(table, Map.of(), Map.of());
        assertThat(Condition.parse(condition, names).test(table.rows().getFirst()))
                .isEqualTo(holds);
    }

    @Test
    void whatIsWrongIsSaidWithItsPlace() {
        String good = "N,D,Loss\n1e6,2e7,4\n";
        assertThatThrownBy(() -> select(good, "parameters=M,tokens=D", ""))
                .isInstanceOf(CalandraException.class)
                .hasMessageContaining("there is no column \"M\"; The columns are N, D, Loss");
        assertThatThrownBy(() -> select(good, "parameters=N,tokens=D", "datset=c4"))
                .isInstanceOf(CalandraException.class)
                .hasMessageContaining("datset");
        assertThatThrownBy(() -> select(good, "parameters=N*,tokens=D", ""))
                .hasMessageContaining("ends where a number or a column is expected");
        assertThatThrownBy(() -> select(good, "parameters", "")).hasMessageContaining("not an assignment");
        assertThatThrownBy(() -> select("N,D,Loss\nabc,2e7,4\n", "parameters=N,tokens=D", ""))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("runs.csv:2: column \"N\" holds \"abc\" where a number is needed");
        assertThatThrownBy(() -> select("N,D,Loss\n1,2,3,4\n", "parameters=N,tokens=D", ""))
                .hasMessageContaining("runs.csv:2: 4 fields under a header of 3");
        assertThatThrownBy(() -> select("", "", "")).hasMessageContaining("the file is empty");
        assertThatThrownBy(() -> select("N,D,Loss\n1e6,2e7,400\n", "parameters=N,tokens=D", ""))
                .hasMessageContaining("none of 1 rows is left: 1 diverged: loss above 12.2");
        assertThatThrownBy(() -> select(good + "{", "parameters=parameters*1", ""))
                .isInstanceOf(CalandraException.class);
    }
}
