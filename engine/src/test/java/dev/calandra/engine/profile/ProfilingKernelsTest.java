package dev.calandra.engine.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.engine.AdamWStep;
import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.fp8.Fp8Format;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProfilingKernelsTest {

    private static final String NAME = "delegate";

    private final TensorMemory memory = new TensorMemory();
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final List<Received> received = new ArrayList<>();
    private final ProfilingKernels kernels = new ProfilingKernels((Kernels) Proxy.newProxyInstance(
            Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (_, method, arguments) -> {
                received.add(new Received(method, arguments == null ? List.of() : Arrays.asList(arguments)));
                return method.getReturnType() == String.class ? NAME : null;
            }));

    /** A call that reached the delegate. */
    private record Received(Method method, List<Object> arguments) {}

    @AfterEach
    void free() throws Exception {
        for (AutoCloseable tensor : owned) {
            tensor.close();
        }
        memory.close();
    }

    static Stream<Method> methods() {
        return Arrays.stream(Kernels.class.getMethods());
    }

    static Stream<Method> operations() {
        return methods().filter(method -> method.getParameterCount() > 0);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyMethodReachesTheDelegateOnceWithItsArguments(Method method) throws ReflectiveOperationException {
        Object[] arguments = arguments(method);

        Object result = method.invoke(kernels, arguments);

        assertThat(received).containsExactly(new Received(method, Arrays.asList(arguments)));
        assertThat(received.getFirst().arguments())
                .usingElementComparator(ProfilingKernelsTest::identity)
                .containsExactly(arguments);
        assertThat(result).isEqualTo(method.getReturnType() == String.class ? NAME : null);
        assertThat(kernels.calls()).as("calls before recording").isEmpty();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyOperationIsRecordedUnderItsName(Method method) throws ReflectiveOperationException {
        kernels.startRecording();
        Object[] arguments = arguments(method);

        method.invoke(kernels, arguments);

        assertThat(received).containsExactly(new Received(method, Arrays.asList(arguments)));
        assertThat(kernels.calls()).singleElement().satisfies(call -> {
            assertThat(call.kernel()).isEqualTo(method.getName());
            assertThat(call.work().bytes()).isPositive();
            assertThat(call.nanos()).isNotNegative();
        });
    }

    @Test
    void callsStandInTheOrderOfTime() {
        Tensor x = tensor();
        kernels.startRecording();
        kernels.fill(x, 1f);
        kernels.scale(x, 2f);

        assertThat(kernels.calls()).extracting(KernelCall::kernel).containsExactly("fill", "scale");
        KernelCall fill = kernels.calls().getFirst();
        assertThat(kernels.calls().getLast().startNanos() - fill.startNanos()).isGreaterThanOrEqualTo(fill.nanos());
    }

    @Test
    void aFailureIsTheCallersAndIsNotRecorded() {
        IllegalArgumentException failure = new IllegalArgumentException("shapes differ");
        ProfilingKernels failing = new ProfilingKernels((Kernels)
                Proxy.newProxyInstance(Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (_, _, _) -> {
                    throw failure;
                }));
        failing.startRecording();
        Tensor x = tensor();

        assertThatThrownBy(() -> failing.fill(x, 1f)).isSameAs(failure);
        assertThat(failing.calls()).isEmpty();
    }

    private static int identity(Object a, Object b) {
        return a == b || (a instanceof Number && a.equals(b)) || (a instanceof Boolean && a.equals(b)) ? 0 : 1;
    }

    /** One argument of each kind, no two tensors the same. */
    private Object[] arguments(Method method) {
        return Arrays.stream(method.getParameterTypes()).map(this::argument).toArray();
    }

    private Object argument(Class<?> type) {
        if (type == Tensor.class || type == Operand.class) {
            return tensor();
        }
        if (type == Fp8Tensor.class) {
            return own(Fp8Tensor.rowTiles(memory, Fp8Format.E4M3, 2, 3));
        }
        if (type == Groups.class) {
            return new Groups(own(memory.allocate(DType.I32, 2)));
        }
        if (type == DispatchPlan.class) {
            return own(DispatchPlan.allocate(memory, 2, 1, 3));
        }
        if (type == AttentionShape.class) {
            return AttentionShape.training(1, 2, 1, 1, 3);
        }
        if (type == RouterShape.class) {
            return new RouterShape(4, 2, 1, 2, 1f);
        }
        if (type == AdamWStep.class) {
            return new AdamWStep(1e-3, 0.9, 0.95, 1e-8, 0.1, 1, 1);
        }
        if (type == float.class) {
            return 0.25f;
        }
        if (type == int.class) {
            return 1;
        }
        if (type == boolean.class) {
            return true;
        }
        throw new IllegalArgumentException("no argument of " + type + ": a kernel has a new kind of parameter");
    }

    private Tensor tensor() {
        return own(memory.allocate(DType.F32, 2, 3));
    }

    private <T extends AutoCloseable> T own(T closeable) {
        owned.add(closeable);
        return closeable;
    }
}
