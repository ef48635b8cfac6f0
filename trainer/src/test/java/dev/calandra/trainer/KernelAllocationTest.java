package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.cpu.CpuKernels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Kernels hold vectors in registers. One that the JIT makes objects of costs many times its time and allocates megabytes a
 * call, so the heap that a call takes shows it, on a busy machine too. Runs in a JVM of its own, where nothing else has
 * been compiled.
 */
@Tag("long")
class KernelAllocationTest {

    private static final int WARM_UPS = 60;
    private static final int MEASURED = 5;

    /** Bytes that a call may take: lists of pieces of work, never vectors, which would be 160 kB of the smallest tensor. */
    private static final long LIMIT = 128 << 10;

    @Test
    void noKernelMakesObjectsOfVectors() throws IOException, InterruptedException {
        Map<String, Long> allocated = measure();
        assertThat(allocated).containsKeys("linear", "quantiseRows", "quantiseColumns", "attentionBackward", "adamW");
        assertThat(allocated)
                .allSatisfy((kernel, bytes) -> assertThat(bytes)
                        .as("bytes allocated by a call of %s", kernel)
                        .isLessThanOrEqualTo(LIMIT));
    }

    private static Map<String, Long> measure() throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Path.of("..", "scripts", "jvm.options"),
                        "-XX:CompilerDirectivesFile=" + Path.of("..", "scripts", "compiler.directives"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as(output).isZero();
        return output.lines()
                .map(line -> line.split(" "))
                .filter(words -> words[0].equals("allocated"))
                .collect(Collectors.toMap(words -> words[1], words -> Long.valueOf(words[2])));
    }

    /** What the child process runs. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            Meter meter = new Meter(new CpuKernels(1));
            try (PicoSteps pico = new PicoSteps(meter.kernels())) {
                for (int i = 0; i < WARM_UPS; i++) {
                    pico.step();
                }
                meter.most.clear();
                for (int i = 0; i < MEASURED; i++) {
                    pico.step();
                }
            }
            meter.most.forEach((kernel, bytes) -> System.out.println("allocated " + kernel + " " + bytes));
        }
    }

    /** Passes calls on and keeps the most heap that a call of each kernel took on this thread. */
    private static final class Meter implements InvocationHandler {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final Map<String, Long> most = new TreeMap<>();
        private final Kernels delegate;

        Meter(Kernels delegate) {
            this.delegate = delegate;
        }

        Kernels kernels() {
            return (Kernels)
                    Proxy.newProxyInstance(Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, this);
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                return method.invoke(delegate, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            } finally {
                most.merge(method.getName(), threads.getCurrentThreadAllocatedBytes() - before, Math::max);
            }
        }
    }
}
