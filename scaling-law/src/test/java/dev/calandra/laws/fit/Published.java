package dev.calandra.laws.fit;

import dev.calandra.laws.numeric.Resampling;
import dev.calandra.laws.table.ColumnMap;
import dev.calandra.laws.table.RunTable;
import dev.calandra.laws.table.Selection;
import dev.calandra.laws.table.TableReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Published runs, see {@code published/README.md}. */
final class Published {
    private Published() {}

    static RunTable table(String name) {
        try {
            return TableReader.read(
                    Path.of(Published.class.getResource("/published/" + name).toURI()));
        } catch (IOException | URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static FitResult fit(
            String law, String table, String map, String where, String holdOut, Map<String, Double> fixed) {
        Selection selection = new Selection(
                ColumnMap.parse(List.of(map)),
                where,
                "",
                0,
                Selection.GUESSING,
                Selection.Repeats.EXCLUDE,
                holdOut,
                List.of());
        return Fitting.fit(
                law, table(table), selection, new FitSettings(null, true, fixed, Map.of(), new Resampling(40, 1)));
    }
}
