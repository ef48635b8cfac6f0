package dev.calandra.configs;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Describes one config key. Its YAML name is the component's name in snake_case. */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Key {
    /** One line for a reader who meets the key for the first time. */
    String description();

    /**
     * The value, in YAML, of a key that a config leaves out; empty for a required key. A block without a default is
     * required exactly when one of its own keys is.
     */
    String defaultValue() default "";
}
