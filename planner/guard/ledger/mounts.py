"""Which file system a path lies on, and whether SQLite's locks and shared memory can be trusted there."""

import re
from pathlib import Path

MOUNT_TABLE = Path("/proc/self/mountinfo")

NETWORK = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "gfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "pvfs2",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
    }
)
"""Where other machines may have the file open, or where processes do not share memory maps."""
NETWORK_FUSE = frozenset(
    {
        "blobfuse",
        "blobfuse2",
        "ceph",
        "cephfs",
        "curlftpfs",
        "davfs2",
        "gcsfuse",
        "glusterfs",
        "goofys",
        "grpcfuse",
        "juicefs",
        "mount-s3",
        "moosefs",
        "osxfs",
        "rclone",
        "s3fs",
        "s3ql",
        "seaweedfs",
        "smbnetfs",
        "sshfs",
    }
)

_OCTAL = re.compile(r"\\([0-7]{3})")


def network_file_system(path: Path, table: str) -> str | None:
    """The type of the network file system the path lies on; None when it is local.

    `table` is text as in /proc/self/mountinfo; of several mounts on one point the last one counts.
    """
    kind, depth = "", -1
    for line in table.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = Path(_OCTAL.sub(lambda octal: chr(int(octal[1], 8)), fields[4]))
        if path.is_relative_to(point) and len(point.parts) >= depth:
            kind, depth = after.split(" ")[0], len(point.parts)
    return kind if _is_network(kind) else None


def read_mount_table() -> str:
    """Empty where the system has none: nothing is known to be remote then."""
    try:
        return MOUNT_TABLE.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _is_network(kind: str) -> bool:
    family, _, helper = kind.partition(".")
    return kind in NETWORK or (family == "fuse" and helper in NETWORK_FUSE)
