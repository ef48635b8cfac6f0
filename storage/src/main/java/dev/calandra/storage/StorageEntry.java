package dev.calandra.storage;

/**
 * One entry of a folder.
 *
 * @param name its name within the folder
 * @param folder whether it is a folder itself
 * @param length bytes of a file, 0 for a folder
 */
public record StorageEntry(String name, boolean folder, long length) {}
