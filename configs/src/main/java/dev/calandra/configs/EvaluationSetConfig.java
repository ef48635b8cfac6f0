package dev.calandra.configs;

/** An evaluation set whose text must not be trained on. */
public record EvaluationSetConfig(
        @Key(description = "A file, a folder or a glob, in any format that is tokenized.")
        String input,

        @Key(description = "Name of the field or column with the text.", defaultValue = "text")
        String text) {

    /** @throws ConfigException naming every key that is out of range */
    public EvaluationSetConfig {
        Checks check = new Checks();
        check.notBlank("input", input);
        check.notBlank("text", text);
        check.throwIfAny();
    }
}
