# Runs a script as postgres in the database image, with this checkout's agent. In a mount namespace of its own: nothing stays.
# usage: unshare --mount --pid --fork --kill-child sh database-image.sh ROOTFS AGENT NODE SCRIPT WORK
set -e
rootfs=$1 agent=$2 node=$3 script=$4 work=$5
mount -t tmpfs -o size=700m none "$work"
mkdir "$work/upper" "$work/work" "$work/root"
root=$work/root
mount -t overlay -o "lowerdir=$rootfs,upperdir=$work/upper,workdir=$work/work" overlay "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mkdir -p "$root/keelson/agent" "$root/keelson/bin" "$root/pgbackrest/repo1"
cp -r "$agent/src" "$agent/package.json" "$root/keelson/agent/"
cp "$node" "$root/keelson/bin/node"
cp "$script" "$root/script.sh"
cp "$(dirname "$script")/pgbackrest.conf" "$root/etc/pgbackrest/pgbackrest.conf"
chmod 1777 "$root/tmp"
chown 26:26 "$root/pgdata" "$root/pgbackrest" "$root/pgbackrest/repo1"
chroot --userspec=26:26 "$root" bash /script.sh
