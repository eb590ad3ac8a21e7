#!/bin/sh
# Runs inside the image after the packages: links where Red Hat's layout is expected, one locale, and out with what is never used.
set -eu
: "${MAJOR:?the PostgreSQL major version}"
# The packages' scripts gave the tape group its number back.
sed -i 's/^tape:x:26:/tape:x:126:/' /etc/group
ln -sfn "/usr/lib/postgresql/$MAJOR" "/usr/pgsql-$MAJOR"
for program in /usr/lib/postgresql/"$MAJOR"/bin/*; do
  ln -sf "$program" "/usr/local/bin/$(basename "$program")"
done
localedef -i en_US -f UTF-8 en_US.UTF-8
mkdir -p /pgdata /pgwal /pgbackrest /etc/pgbackrest/conf.d /etc/patroni /var/lib/pgsql /var/lib/pgbackrest /var/log/pgbackrest /var/spool/pgbackrest /var/run/postgresql
rm -f /etc/pgbackrest.conf /etc/patroni/config.yml.in
chown postgres:postgres /pgdata /pgwal /pgbackrest /var/lib/pgsql /var/lib/postgresql /var/lib/pgbackrest /var/log/pgbackrest /var/spool/pgbackrest /var/run/postgresql
chmod 2775 /var/run/postgresql
# Compiling queries (jit) costs 124 MB of LLVM; PostgreSQL runs without it when its provider is absent.
rm -rf /usr/lib/postgresql/"$MAJOR"/lib/llvmjit* /usr/lib/postgresql/"$MAJOR"/lib/bitcode /usr/lib/*/libLLVM*.so* /usr/lib/llvm-*
rm -rf /usr/share/i18n /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log
rm -rf /usr/share/postgresql/*/man /usr/share/doc /usr/share/man /usr/share/info /usr/share/lintian
find / -xdev -name '*.dpkg-old' -delete
rm -f /etc/hostname /etc/resolv.conf /etc/machine-id
