package dev.calandra.configs;

import java.util.regex.Pattern;

/** One corpus to tokenize. */
public record CorpusConfig(
        @Key(description = "Name kept in its shards: letters, digits, '.', '_' and '-', unique in the job.")
        String name,

        @Key(
                description =
                        "A file, a folder or a glob, local or hdfs://: JSON lines, text, Parquet, Arrow, Megatron's .bin.")
        String input,

        @Key(description = "Folder to write, local or hdfs://.")
        String output,

        @Key(description = "Names of the fields or columns.")
        FieldsConfig fields,

        @Key(description = "Stop after so many megabytes (10^6 bytes) of text; 0 = without limit.", defaultValue = "0")
        long limitMb) {

    /** Names appear in messages and file names, so they stay plain. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** @throws ConfigException naming every key that is out of range */
    public CorpusConfig {
        Checks check = new Checks();
        check.present("name", name);
        check.rule(
                () -> NAME.matcher(name).matches(),
                () -> "not a plain name (%s); use 1 to 64 letters, digits, '.', '_' or '-'".formatted(name),
                "name");
        check.notBlank("input", input);
        check.notBlank("output", output);
        check.present("fields", fields);
        check.between("limit_mb", limitMb, 0, 1L << 40);
        check.throwIfAny();
    }
}
