package dev.calandra.engine.nd4j;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What ND4J is on this machine.
 *
 * @param name its backend, such as {@code CpuBackend}
 * @param artifact the library in use with its version and classifier, such as {@code nd4j-native-1.0.0-M2.1-linux-x86_64}
 * @param blas the BLAS behind it
 */
public record Nd4jBackend(String name, String artifact, String blas) {
    private static final Pattern ARTIFACT = Pattern.compile("(nd4j-[^/\\\\]*)\\.jar");

    /**
     * Loads ND4J and asks it.
     *
     * @throws IllegalStateException if no backend can be loaded here; the cause says why
     */
    public static Nd4jBackend load() {
        try {
            String name = Nd4j.getBackend().getClass().getSimpleName();
            String blas = Nd4j.getExecutioner().getEnvironmentInformation().getProperty("blas.vendor", "unknown");
            return new Nd4jBackend(name, loadedArtifact(), blas);
        } catch (LinkageError | RuntimeException e) {
            throw new IllegalStateException("ND4J has no backend that loads here", e);
        }
    }

    private static String loadedArtifact() {
        for (String library : Loader.getLoadedLibraries().values()) {
            Matcher matcher = ARTIFACT.matcher(library);
            if (matcher.find()) {
                return matcher.group(1);
            }
        }
        return "nd4j from " + Loader.getPlatform();
    }
}
