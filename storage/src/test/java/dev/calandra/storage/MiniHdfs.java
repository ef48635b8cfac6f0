package dev.calandra.storage;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.slf4j.LoggerFactory;

/**
 * A name node and a data node in one process, for trying a run on HDFS out; started by {@code scripts/minihdfs}. Its files outlive the
 * process. It listens on this machine alone and asks nobody who they are.
 *
 * <p>MiniDFSCluster is made for tests: its own shutdown, which it also calls when it fails to start, has all of its files deleted when the
 * JVM exits. So it is never shut down: the process ends by a halt, which deletes nothing.
 */
final class MiniHdfs {
    private static final String HOST = "localhost";

    private MiniHdfs() {}

    /**
     * Runs until the process is asked to stop.
     *
     * @param arguments the port of the name node, and the folder of its data, which is made when it is not there
     */
    public static void main(String[] arguments) throws InterruptedException {
        int port = Integer.parseInt(arguments[0]);
        Path data = Path.of(arguments[1]).toAbsolutePath();
        // A client that is killed is no concern of whoever tries that out; what fails here is printed below.
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
        // The channel is open, and the lock held, until the process ends.
        try (FileChannel lock = lockFile(data)) {
            if (lock.tryLock() == null) {
                throw new IOException(
                        data + " is in use by another minihdfs; use that one, or name another folder by --data");
            }
            requireFree(port);
            start(port, data);
            Runtime.getRuntime().addShutdownHook(new Thread(MiniHdfs::stop, "stop"));
            System.out.printf(
                    "HDFS at hdfs://%s:%d/, data in %s%nCtrl-C stops it; the data stays.%n", HOST, port, data);
            Thread.currentThread().join();
        } catch (IOException | RuntimeException e) {
            System.err.println("minihdfs: " + e.getMessage());
            Runtime.getRuntime().halt(1);
        }
    }

    private static FileChannel lockFile(Path data) throws IOException {
        Files.createDirectories(data);
        return FileChannel.open(data.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static void requireFree(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(HOST))) {
            socket.setReuseAddress(true);
        } catch (IOException e) {
            throw new IOException("port " + port + " is in use (" + e.getMessage() + "); name another by --port", e);
        }
    }

    private static void start(int port, Path data) throws IOException {
        boolean isNew = !Files.isDirectory(data.resolve("name-0-1"));
        Configuration configuration = new HdfsConfiguration();
        configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, data.toString());
        // One data node holds all replicas there are; the client's usual three would never come about.
        configuration.setInt("dfs.replication", 1);
        configuration.setInt("dfs.namenode.safemode.extension", 0);
        MiniDFSCluster cluster = new MiniDFSCluster.Builder(configuration)
                .nameNodePort(port)
                .numDataNodes(1)
                .format(isNew)
                .build();
        cluster.waitActive();
    }

    /** As by a loss of power, which HDFS is made for: its parts cannot be stopped in order while the JVM is shutting down. */
    private static void stop() {
        System.out.println("Stopped.");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}
