package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void columnsAreAlignedAndLinesDoNotEndInBlanks() {
        Table table = new Table("NAME", "SHAPE");
        table.add("norm.weight", "[256]");
        table.add("w", "");
        StringWriter printed = new StringWriter();
        table.print(new PrintWriter(printed));

        assertThat(printed.toString().lines()).containsExactly("NAME         SHAPE", "norm.weight  [256]", "w");
    }

    @Test
    void aRowOfAnotherWidthIsRefused() {
        Table table = new Table("NAME", "SHAPE");

        assertThatThrownBy(() -> table.add("w"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 cells in a table of 2 columns");
    }
}
