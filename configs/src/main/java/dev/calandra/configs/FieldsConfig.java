package dev.calandra.configs;

/** Which fields of a JSON record, or columns of a table, a document is made of. */
public record FieldsConfig(
        @Key(description = "The text.", defaultValue = "text")
        String text,

        @Key(
                description = "What identifies a document; one without it is identified by a hash of its text.",
                defaultValue = "id")
        String id,

        @Key(
                description = "The character (Unicode code point) from which on the model is to learn the text.",
                defaultValue = "loss_start")
        String lossStart,

        @Key(
                description = "Looked at where loss_start is absent: where the solution of a problem begins.",
                defaultValue = "solution_start")
        String solutionStart) {

    /** @throws ConfigException naming every key that is out of range */
    public FieldsConfig {
        Checks check = new Checks();
        check.notBlank("text", text);
        check.notBlank("id", id);
        check.notBlank("loss_start", lossStart);
        check.notBlank("solution_start", solutionStart);
        check.throwIfAny();
    }
}
