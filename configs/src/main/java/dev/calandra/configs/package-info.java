/**
 * Typed configuration: the records that describe a run, the rules their constructors hold, the binder that fills them
 * from YAML and reports every mistake with file and line, and the exceptions and exit codes that the whole project
 * shares. It must not know tensors, storage, data formats or how any setting is used: a value that satisfies the rules
 * here is well-formed, whether the files and folders it names exist is for their readers to say.
 */
package dev.calandra.configs;
