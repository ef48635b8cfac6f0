package dev.calandra.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** Runs commands in this process and keeps what they print. */
record Terminal(int status, String out, String err) {

    static Terminal run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Main.run(new PrintWriter(out), new PrintWriter(err), List.of(arguments));
        return new Terminal(status, out.toString(), err.toString());
    }
}
