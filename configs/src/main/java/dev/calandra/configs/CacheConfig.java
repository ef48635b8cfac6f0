package dev.calandra.configs;

/** The local copies of shards that lie on hdfs://. Sources on local disk are read in place and use none of it. */
public record CacheConfig(
        @Key(
                description = "Local folder for copies of shards on hdfs://; relative to the working directory.",
                defaultValue = "cache")
        String directory,

        @Key(
                description =
                        "Size in GiB to which the copies of each source are held; the least recently used go first.",
                defaultValue = "16.0")
        double gibibytes) {

    private static final double BYTES_PER_GIBIBYTE = 1L << 30;

    /** @throws ConfigException naming every key that is out of range */
    public CacheConfig {
        Checks check = new Checks();
        check.notBlank("directory", directory);
        check.positive("gibibytes", gibibytes);
        check.throwIfAny();
    }

    /** The size in bytes. */
    public long bytes() {
        return (long) (gibibytes * BYTES_PER_GIBIBYTE);
    }
}
