package dev.calandra.configs;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The keys of one block, read from the record that holds it: names, types, defaults and descriptions, in the record's
 * order.
 */
final class Schema {
    /**
     * One key.
     *
     * @param key YAML name
     * @param type type of the record component
     * @param itemType record type of a list's items
     * @param description one line
     * @param defaultValue YAML text
     */
    record Field(
            String key,
            Class<?> type,
            Optional<Class<? extends Record>> itemType,
            String description,
            Optional<String> defaultValue,
            RecordComponent component) {
        boolean isBlock() {
            return type.isRecord();
        }

        Class<? extends Record> blockType() {
            return type.asSubclass(Record.class);
        }

        /** Whether a config must write this key: it has no default and, as a block, needs a key that has none. */
        boolean isRequired() {
            return defaultValue.isEmpty()
                    && (!isBlock() || of(blockType()).fields().stream().anyMatch(Field::isRequired));
        }

        Object read(Record record) {
            try {
                return component.getAccessor().invoke(record);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("record accessor failed: " + component, e);
            }
        }
    }

    /** Reflection is slow and its answer never changes. */
    private static final ClassValue<Schema> SCHEMAS = new ClassValue<>() {
        @Override
        protected Schema computeValue(Class<?> type) {
            return new Schema(type.asSubclass(Record.class));
        }
    };

    private final Class<? extends Record> type;
    private final List<Field> fields;

    private Schema(Class<? extends Record> type) {
        this.type = type;
        this.fields =
                Arrays.stream(type.getRecordComponents()).map(Schema::field).toList();
    }

    static Schema of(Class<? extends Record> type) {
        return SCHEMAS.get(type);
    }

    List<Field> fields() {
        return fields;
    }

    List<String> keys() {
        return fields.stream().map(Field::key).toList();
    }

    /**
     * Calls the record's constructor.
     *
     * @throws RejectedRecordException if the values break its rules
     */
    Record construct(Object[] values) {
        Class<?>[] types = fields.stream().map(Field::type).toArray(Class<?>[]::new);
        try {
            Constructor<? extends Record> constructor = type.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RejectedRecordException rejected) {
                throw rejected;
            }
            throw new IllegalStateException("constructor of " + type.getSimpleName() + " failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getSimpleName() + " has no canonical constructor", e);
        }
    }

    private static Field field(RecordComponent component) {
        Key key = component.getAnnotation(Key.class);
        if (key == null) {
            throw new IllegalStateException("component without @Key: " + component);
        }
        return new Field(
                snakeCase(component.getName()),
                component.getType(),
                itemType(component),
                key.description(),
                Optional.of(key.defaultValue()).filter(text -> !text.isEmpty()),
                component);
    }

    private static Optional<Class<? extends Record>> itemType(RecordComponent component) {
        if (component.getType() == List.class
                && component.getGenericType() instanceof ParameterizedType list
                && list.getActualTypeArguments()[0] instanceof Class<?> item) {
            return Optional.of(item.asSubclass(Record.class));
        }
        return Optional.empty();
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
