package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.CommandSpec;

class MainTest {

    @Test
    void helpListsTheCommandsAndTheExitStatuses() {
        Terminal terminal = Terminal.run("--help");

        assertThat(terminal.status()).isZero();
        assertThat(terminal.out()).contains("Usage: calandra", "doctor", "75   stopped early");
        assertThat(terminal.err()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasHelp(String command, CommandSpec spec) {
        Terminal terminal = Terminal.run(command, "--help");

        assertThat(terminal.status()).isZero();
        assertThat(terminal.out()).startsWith("Usage: calandra " + command);
        assertThat(Stream.concat(
                        Stream.of(spec.usageMessage().description()),
                        spec.args().stream().flatMap(argument -> Stream.of(argument.description()))))
                .as("texts are format strings: a lone % makes picocli complain to whoever asks for help")
                .allSatisfy(text -> assertThatCode(() -> String.format(text)).doesNotThrowAnyException());
    }

    static Stream<Arguments> commands() {
        return new CalandraCommand()
                .commandLine(List.of()).getSubcommands().entrySet().stream()
                        .map(command ->
                                arguments(command.getKey(), command.getValue().getCommandSpec()));
    }

    @Test
    void aCommandThatIsNamedIsTheOnlyOneLookedInto() {
        assertThat(commands().map(Arguments::get).map(command -> (String) command[0]))
                .hasSizeGreaterThan(15)
                .allSatisfy(command -> assertThat(new CalandraCommand()
                                .commandLine(List.of(command))
                                .getSubcommands())
                        .containsOnlyKeys(command));
    }

    @Test
    void aMissingCommandIsAUsageError() {
        Terminal terminal = Terminal.run();

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).startsWith("calandra: which command?").contains("Try 'calandra --help'.");
    }

    @Test
    void aMisspeltCommandIsAUsageErrorWithASuggestion() {
        Terminal terminal = Terminal.run("docter");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("'docter'", "Did you mean: calandra doctor");
    }

    @Test
    void verboseShowsWhereAnErrorComesFrom() {
        assertThat(Terminal.run("config", "nowhere.yaml", "--verbose").err())
                .startsWith("calandra: nowhere.yaml: no such file")
                .contains("at dev.calandra.configs.Configs.load");
    }

    @Test
    void anUnknownOptionIsAUsageError() {
        Terminal terminal = Terminal.run("doctor", "--fast");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("Unknown option: '--fast'", "Try 'calandra doctor --help'.");
    }
}
