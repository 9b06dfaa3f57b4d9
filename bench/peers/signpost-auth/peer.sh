# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
# All of it, as by default: checks what comes in, seals and signs what goes out.
. /bench/shared/signpost.sh
case $1 in
start) start true true ;;
stop) stop ;;
esac
