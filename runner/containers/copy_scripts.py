"""What is run on a workbench to copy a data directory: POSIX shell and GNU coreutils.

REFLINK and PLAIN get the source as `$1` and the folder of the copy as `$2`; OVERLAY finds its own at fixed places.

Each script leaves a `scratch` folder that belongs to the data's owner, and prints that owner as `uid:gid`.
"""

_BEGIN = """
source=$1
cd "$2"
rm -rf data scratch
trap '[ $? = 0 ] || rm -rf data scratch' EXIT
first=$(find "$source" -type f -size +0 -print -quit)
[ -n "$first" ] || { echo "$source holds no data" >&2; exit 1; }
mkdir scratch
"""

_END = """
chown --reference="$source" scratch
stat -c %u:%g "$source"
"""

REFLINK = f"""
{_BEGIN}
mkdir data
cp --reflink=always "$first" data/trial
rm data/trial
cp -a --reflink=always "$source/." data/
{_END}
"""

PLAIN = f"""
{_BEGIN}
needed=$(du -sk "$source" | cut -f 1)
free=$(df -k --output=avail . | tail -n 1)
[ "$needed" -lt "$free" ] || {{ echo "$needed KiB are needed, $free are free" >&2; exit 28; }}
mkdir data
cp -a --reflink=never "$source/." data/
{_END}
"""

OVERLAY = """
chown --reference=/source /copy /folder/scratch
chmod --reference=/source /copy
file=$(find /copy -type f -size +0 -size -64k -print -quit)
[ -n "$file" ] || { echo "/source holds no data" >&2; exit 1; }
dd if=/dev/null of="$file" conv=notrunc status=none
[ -e "/folder/upper/${file#/copy/}" ] || { echo "what is written does not come into the upper folder" >&2; exit 1; }
stat -c %u:%g /copy
"""
"""For an overlay that is mounted at /copy: the directory on top gets the owner of the one below, and for a trial a file is
opened for writing: it is copied up, unchanged, into the upper folder."""
