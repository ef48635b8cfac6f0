package dev.calandra.engine.support;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a test its {@link TestTensors}, whose close at the end of the test fails on a leak. */
public final class TensorsExtension implements ParameterResolver {

    private static final long SEED = 20_260_101;

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == TestTensors.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        // JUnit closes what its store holds when the test ends, and reports what close throws.
        return test.getStore(Namespace.create(TensorsExtension.class))
                .computeIfAbsent(TestTensors.class, type -> new TestTensors(SEED), TestTensors.class);
    }
}
