package dev.calandra.storage;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.hdfs.protocol.AlreadyBeingCreatedException;
import org.apache.hadoop.hdfs.protocol.DSQuotaExceededException;
import org.apache.hadoop.hdfs.protocol.NSQuotaExceededException;
import org.apache.hadoop.hdfs.protocol.QuotaExceededException;
import org.apache.hadoop.hdfs.server.namenode.SafeModeException;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.ipc.RetriableException;
import org.apache.hadoop.ipc.StandbyException;
import org.apache.hadoop.security.AccessControlException;

/** What Hadoop's exceptions mean, in the types and on the one line that {@link Storage} promises. */
final class HadoopFailure {
    private HadoopFailure() {}

    /** The exception to throw in place of Hadoop's, which becomes its cause. */
    static IOException translated(String location, IOException hadoops) {
        if (isTranslated(hadoops)) {
            return hadoops;
        }
        IOException real = unwrapped(hadoops);
        String said = firstLine(real);
        return switch (real) {
            case EOFException end -> end;
            case FileNotFoundException _ -> withCause(new NoSuchFileException(location, null, said), hadoops);
            case org.apache.hadoop.fs.FileAlreadyExistsException _ ->
                withCause(new FileAlreadyExistsException(location, null, said), hadoops);
            // The name node says so, instead of "exists", while another writer still has the file open.
            case AlreadyBeingCreatedException _ ->
                withCause(new FileAlreadyExistsException(location, null, "is being written"), hadoops);
            case ParentNotDirectoryException _ -> withCause(new NotDirectoryException(location), hadoops);
            case AccessControlException _ -> withCause(new AccessDeniedException(location, null, said), hadoops);
            case QuotaExceededException quota -> new QuotaException(location + ": " + quotaText(quota), hadoops);
            case SafeModeException _ -> unavailable(location, "the name node is in safe mode", hadoops);
            case ConnectException _, NoRouteToHostException _, SocketTimeoutException _, SocketException _ ->
                unavailable(location, "the name node does not answer (" + rootText(real) + ")", hadoops);
            case UnknownHostException _ -> unavailable(location, "the name node's host is not known", hadoops);
            case RetriableException _, StandbyException _ -> unavailable(location, said, hadoops);
            default -> new IOException(location + ": " + said, hadoops);
        };
    }

    /** Whether the name node refused because it takes no changes for now. It did nothing, so the request may be repeated. */
    static boolean isSafeMode(IOException failure) {
        return unwrapped(failure) instanceof SafeModeException;
    }

    private static boolean isTranslated(IOException failure) {
        return failure instanceof FileSystemException
                || failure instanceof StorageUnavailableException
                || failure instanceof QuotaException;
    }

    private static IOException unwrapped(IOException failure) {
        return failure instanceof RemoteException remote ? remote.unwrapRemoteException() : failure;
    }

    private static IOException unavailable(String location, String reason, IOException cause) {
        return new StorageUnavailableException(
                location + ": " + reason + "; see that the cluster is up, and check host and port", cause);
    }

    /** The name node's own words give path, quota and need. */
    private static String quotaText(QuotaExceededException quota) {
        String remedy = switch (quota) {
            case NSQuotaExceededException _ -> "raise it (hdfs dfsadmin -setQuota) or remove files";
            case DSQuotaExceededException _ ->
                "a block counts whole, with its replicas, while it is written; raise the quota"
                        + " (hdfs dfsadmin -setSpaceQuota) or remove files";
            default -> "raise it or remove files";
        };
        return firstLine(quota) + "; " + remedy;
    }

    /** Hadoop appends the server's stack trace to the message. */
    private static String firstLine(IOException failure) {
        String message = failure.getMessage();
        return message == null
                ? failure.toString()
                : message.lines().findFirst().orElse("");
    }

    private static String rootText(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    private static IOException withCause(IOException translated, IOException cause) {
        translated.initCause(cause);
        return translated;
    }
}
