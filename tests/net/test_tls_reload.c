/* SPDX-License-Identifier: MIT */
/* A reload in another thread, while the loop shakes hands. */
#include "tls_scene.h"

enum { RELOADS = 50 };

struct reloading {
    struct ouro_tls_config *server, *client;
    atomic_bool done;
    int failed;
};

static void *reload_often(void *arg)
{
    struct reloading *reloading = arg;
    for (int i = 0; i < RELOADS; i++) {
        reloading->failed += ouro_tls_reload(reloading->server, NULL) < 0;
        reloading->failed += ouro_tls_reload(reloading->client, NULL) < 0;
    }
    ouro_tls_config_unref(reloading->server);
    ouro_tls_config_unref(reloading->client);
    atomic_store(&reloading->done, true);
    return NULL;
}

/* Connections outlive what they began with, the config, and all the reloads. */
SIM_TEST(a_reload_may_run_in_another_thread)
{
    struct tls_world world;
    pthread_t thread;
    world_open(&world);
    struct reloading reloading = {ouro_tls_config_ref(world.server),
                                  ouro_tls_config_ref(world.client), false, 0};
    struct hands first = join_hands(&world, "a.test");
    ck_assert_int_eq(pthread_create(&thread, NULL, reload_often, &reloading), 0);
    while (!atomic_load(&reloading.done)) {
        struct hands hands = join_hands(&world, "a.test");
        expect_alive(&hands);
        part(&hands);
    }
    pthread_join(thread, NULL);
    ck_assert_int_eq(reloading.failed, 0);
    world.server = ouro_tls_config_unref(world.server);
    world.client = ouro_tls_config_unref(world.client);
    expect_alive(&first);
    part(&first);
    world_close(&world);
    return 0;
}
