/**
 * One small file-system interface over local disk and Hadoop. This package owns paths, durability (sync of files and folders) and the
 * exact semantics of create and rename on each backend; it is the only one that sees Hadoop. It must not know what the files mean: no
 * checkpoints, no shards, no formats.
 */
package dev.calandra.storage;
