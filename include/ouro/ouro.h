/* SPDX-License-Identifier: MIT */
/** All of Ouro: one header for programs; the library itself includes what it needs. */
#ifndef OURO_OURO_H
#define OURO_OURO_H

#include "ouro/base.h"
#include "ouro/game.h"
#include "ouro/lobby.h"
#include "ouro/match.h"
#include "ouro/net.h"
#include "ouro/offload.h"
#include "ouro/play.h"
#include "ouro/runtime.h"
#include "ouro/server.h"
#include "ouro/state.h"
#include "ouro/store.h"
#include "ouro/sync.h"
#include "ouro/web.h"
#include "ouro/wire.h"

#endif
