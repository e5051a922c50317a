#!/bin/busybox sh
# First program of a guest: loads what the root file system needs, lays a writable layer over the shared
# read-only image, and hands over. Runs from the initramfs.
/bin/busybox mkdir -p /proc /sys /dev /ro /rw /new
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
for module in /modules/*.ko; do /bin/busybox insmod "$module"; done
/bin/busybox mount -t erofs -o ro /dev/vda /ro
/bin/busybox mount -t tmpfs -o size=75% tmpfs /rw
/bin/busybox mkdir /rw/upper /rw/work
/bin/busybox mount -t overlay -o lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work overlay /new
/bin/busybox mkdir -p /new/halab
/bin/busybox cp /halab/agent.cjs /halab/start.sh /new/halab/
for place in proc sys dev; do /bin/busybox mkdir -p /new/$place; /bin/busybox mount --move /$place /new/$place; done
exec /bin/busybox switch_root /new /bin/sh /halab/start.sh
