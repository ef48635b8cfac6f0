package dev.calandra.laws.fit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.records.LawFile;
import dev.calandra.laws.table.RunTable;
import dev.calandra.laws.table.Selection;
import dev.calandra.laws.table.TableReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CellTest {
    private static final String HEADER = "parameters,active_parameters,tokens,learning_rate,batch_tokens,loss\n";

    @TempDir
    private Path folder;

    private List<Cell> cells(String rows) throws IOException {
        RunTable table = TableReader.read(Files.writeString(folder.resolve("grid.csv"), HEADER + rows));
        return Cell.of(Fitting.grid(table, Selection.of("")));
    }

    /** Each lies within 2 % of the one before, and the last 4 % above the first. */
    @Test
    void tokensDoNotChain() throws IOException {
        List<Cell> cells = cells("1e8,1e8,1000,1,1,3\n1e8,1e8,1015,2,1,3\n1e8,1e8,1030,1,1,3\n1e8,1e8,1045,2,1,3\n");

        assertThat(cells).hasSize(2);
        assertThat(cells.getFirst().size()).isEqualTo(2);
    }

    @Test
    void activeParametersTellCellsApart() throws IOException {
        List<Cell> cells = cells("1e8,1e7,1000,1,1,3\n1e8,2e7,1000,2,1,3\n1e8,1e7,1000,2,1,3\n");

        assertThat(cells).hasSize(2);
        assertThat(cells.getFirst().point()).containsEntry("flops", Math.exp(Math.log(6 * 1e7 * 1000)));
    }

    /** The law's choice has diverged; the run beside it has not, and is the best. */
    @Test
    void aPointWithoutALossThatIsNearerIsTold() throws IOException {
        List<Cell> cells =
                cells("1e8,1e8,1000,1,1,3\n1e8,1e8,1000,2,1,NaN\n1e8,1e8,1000,8,1,77\n1e8,1e8,5000,2,1,2.9\n");
        LawFile law = new LawFile(
                "hyperparameters",
                "",
                Map.of(
                        "learning_rate.coefficient", Estimate.exactly(2.1),
                        "batch_tokens.coefficient", Estimate.exactly(1)),
                List.of(),
                Map.of(),
                Map.of(),
                1,
                null,
                "here",
                "",
                "",
                List.of());

        Regret regret = Regret.of(cells, law);

        assertThat(regret.cells()).hasSize(2);
        assertThat(regret.lost().cells()).hasSize(1);
        Cell.Lost lost = regret.lost().cells().getFirst().lost().orElseThrow();
        assertThat(lost).isEqualTo(new Cell.Lost(2, 1, "loss is missing or not a number"));
        assertThat(cells.getFirst().lost()).hasSize(2);
    }
}
