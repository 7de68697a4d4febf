#include "imapsync/writer.h"

typedef struct {
	GPtrArray *files;
	WriterDone done;
	gpointer data;
} Batch;

struct Writer {
	Spool *spool;
	GThread *thread;
	GMutex lock;
	GCond wake;
	GQueue batches; /* Batch */
	bool ending;
};

/* One sync for all that have come together. When it fails, each fails: what is in the spool all the same comes again. */
static void
commit_batches(Writer *writer, GQueue *batches)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	Batch *batch;

	for (GList *item = batches->head; item != NULL; item = item->next) {
		batch = item->data;
		for (guint i = 0; i < batch->files->len; i++)
			g_ptr_array_add(all, batch->files->pdata[i]);
	}
	spool_commit_all(writer->spool, all, &error);
	while ((batch = g_queue_pop_head(batches)) != NULL) {
		batch->done(error, batch->data);
		g_ptr_array_unref(batch->files);
		g_free(batch);
	}
}

static gpointer
work(gpointer data)
{
	Writer *writer = data;

	for (;;) {
		GQueue batches = G_QUEUE_INIT;

		g_mutex_lock(&writer->lock);
		while (g_queue_is_empty(&writer->batches) && !writer->ending)
			g_cond_wait(&writer->wake, &writer->lock);
		batches = writer->batches;
		g_queue_init(&writer->batches);
		g_mutex_unlock(&writer->lock);
		if (g_queue_is_empty(&batches))
			return NULL;
		commit_batches(writer, &batches);
	}
}

Writer *
writer_new(Spool *spool)
{
	Writer *writer = g_new0(Writer, 1);

	writer->spool = spool;
	g_mutex_init(&writer->lock);
	g_cond_init(&writer->wake);
	g_queue_init(&writer->batches);
	writer->thread = g_thread_new("writer", work, writer);
	return writer;
}

void
writer_free(Writer *writer)
{
	if (writer == NULL)
		return;
	g_mutex_lock(&writer->lock);
	writer->ending = true;
	g_cond_signal(&writer->wake);
	g_mutex_unlock(&writer->lock);
	g_thread_join(writer->thread);
	g_cond_clear(&writer->wake);
	g_mutex_clear(&writer->lock);
	g_free(writer);
}

void
writer_put(Writer *writer, GPtrArray *files, WriterDone done, gpointer data)
{
	Batch *batch = g_new0(Batch, 1);

	batch->files = files;
	batch->done = done;
	batch->data = data;
	g_mutex_lock(&writer->lock);
	g_queue_push_tail(&writer->batches, batch);
	g_cond_signal(&writer->wake);
	g_mutex_unlock(&writer->lock);
}
