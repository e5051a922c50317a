#!/bin/sh
# Process 1 of a guest. There is no service manager: whatever a node runs, the lab starts.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mkdir -p /dev/pts /dev/shm /run /tmp
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp /dev/shm
mkdir -p /run/lock /var/log
hostname golden
ip link set lo up
# Neighbour discovery and router solicitations of IPv6 are noise on a wire that is judged.
for place in all default; do echo 1 > /proc/sys/net/ipv6/conf/$place/disable_ipv6; done
modprobe -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs_sh ip_vs_dh ip_vs_sed ip_vs_nq
modprobe dummy numdummies=0
# The kernel numbers the port by the order of devices; its name is what stays.
port=$(grep -l org.halab.agent /sys/class/virtio-ports/*/name | cut -d/ -f5)
# The agent holds the threads that read the port and run file operations.
export UV_THREADPOOL_SIZE=8
while :; do
    node --max-old-space-size=64 /halab/agent.cjs "/dev/$port"
    sleep 1
done
