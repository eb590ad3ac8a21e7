#!/bin/sh
# Runs inside the image before any package is installed: the user postgres is 26:26, as in the images whose place this one takes,
# so that data written by one can be read by the other. Debian gives the group number 26 to tape drives; that group moves away.
set -eu
sed -i 's/^tape:x:26:/tape:x:126:/' /etc/group
grep -q '^postgres:' /etc/group || echo 'postgres:x:26:' >> /etc/group
grep -q '^postgres:' /etc/passwd ||
  echo 'postgres:x:26:26:PostgreSQL:/var/lib/postgresql:/bin/bash' >> /etc/passwd
grep -q '^postgres:' /etc/shadow || echo 'postgres:*:20000:0:99999:7:::' >> /etc/shadow
[ ! -e /etc/gshadow ] || grep -q '^postgres:' /etc/gshadow || echo 'postgres:*::' >> /etc/gshadow
# No cluster of the distribution's own: the data directory belongs to Patroni.
mkdir -p /etc/postgresql-common
printf 'create_main_cluster = false\nstart_conf = manual\n' > /etc/postgresql-common/createcluster.conf
