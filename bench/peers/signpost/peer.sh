# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
# Without authentication and signatures: beside plain relays.
. /bench/shared/signpost.sh
case $1 in
start) start false false ;;
stop) stop ;;
esac
