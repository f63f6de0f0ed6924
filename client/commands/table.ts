import type { Context } from '../context.ts';
import { undoLastApply } from '../manifests/undo.ts';
import { chooseAction, chooseRegion, copyAccountNumber, switchProject, switchUser } from './cloud/cloud.ts';
import { connectToCloud, editCloud, forgetCloud, signIn } from './cloud/connect.ts';
import { copyAs } from './copy/copyAs.ts';
import { openHelp } from './copy/openHelp.ts';
import { advanceClock, setClockPace } from './emulator/clock.ts';
import {
  resetEmulator,
  restartEmulator,
  showEmulatorLog,
  startEmulator,
  startEmulatorOnFreePort,
  stopEmulator,
} from './emulator/emulator.ts';
import { manageFaults } from './emulator/faults.ts';
import { deleteSnapshot, restoreSnapshot, takeSnapshot } from './emulator/snapshots.ts';
import { copyPath, deleteContainer, newContainer, showMore } from './files/containers.ts';
import { deleteObjects } from './files/delete.ts';
import { downloadObject } from './files/download.ts';
import { importDiskFile, importObject } from './files/importDisk.ts';
import { showObject } from './files/showDisk.ts';
import { uploadObject } from './files/upload.ts';
import { deactivateImages, reactivateImages } from './images/activity.ts';
import { acceptImageById, acceptImages, reconsiderImages, rejectImages } from './images/answer.ts';
import {
  clearFilter,
  deleteFilter,
  filterImages,
  groupImages,
  saveFilter,
  showMoreImages,
  sortImages,
} from './images/browse.ts';
import { compareImage, compareImageWith, compareManifest, resolveConflict } from './images/compare.ts';
import { copyOwnImage } from './images/copyOwn.ts';
import { deleteImages } from './images/delete.ts';
import { exportImage } from './images/export.ts';
import { fixTags } from './images/fixTags.ts';
import { copyImageId, openImage, refresh } from './images/open.ts';
import { protect, unprotect } from './images/protection.ts';
import { renameImage } from './images/rename.ts';
import { shareImages, unshareImages } from './images/sharing.ts';
import { showDetails, showImaging, showTaskDetails } from './images/showDetails.ts';
import { addTag, removeTags } from './images/tags.ts';
import { transferImage } from './images/transfer.ts';
import { verifyFile, verifyImage } from './images/verify.ts';
import { writeManifests } from './images/writeManifest.ts';
import { applyManifest, applyOnImage, planManifest, planOnImage } from './manifests/apply.ts';
import { chooseFolder } from './manifests/chooseFolder.ts';
import { chooseKind } from './manifests/chooseKind.ts';
import { convertImages } from './manifests/convertImages.ts';
import { importManifest } from './manifests/import.ts';
import { newManifest } from './manifests/newManifest.ts';
import { openDemo } from './manifests/openDemo.ts';
import { openRulePage } from './manifests/openRule.ts';
import { repairDisk } from './manifests/repairDisk.ts';
import { showDiskOfImport } from './manifests/showDisk.ts';
import {
  clearRequests,
  copyRequest,
  filterRequests,
  openRequest,
  replayRequest,
  showRequests,
} from './requests/requests.ts';
import { createServer } from './servers/create.ts';
import { copyServerId, deleteServers } from './servers/delete.ts';
import { rebuildServer } from './servers/rebuild.ts';
import { scheduleImages } from './servers/schedule.ts';
import { takeServerImage } from './servers/takeImage.ts';
import { copyTaskId, copyTaskMessage, retryTask, showExported, showImported } from './tasks/tasks.ts';

/** Runs a command. A tree gives it the row and all selected rows, a lens the document's address and index, the palette nothing. */
export type Command = (context: Context, given?: unknown, more?: unknown) => Promise<unknown>;

/** Every command by its id, to which `cloudImages.` is prefixed. Their titles and menus stand in package.json. */
export const commands: Readonly<Record<string, Command>> = {
  chooseAction,
  openDemo,
  connect: connectToCloud,
  signIn,
  editCloud,
  forgetCloud,
  chooseRegion,
  switchProject,
  switchUser,
  copyAccountNumber,
  showLog: async ({ log }) => log.show(),
  'language.restart': (context) => context.restartLanguageServer(),

  'emulator.start': startEmulator,
  'emulator.startOnFreePort': startEmulatorOnFreePort,
  'emulator.stop': stopEmulator,
  'emulator.restart': restartEmulator,
  'emulator.reset': resetEmulator,
  'emulator.takeSnapshot': takeSnapshot,
  'emulator.restoreSnapshot': restoreSnapshot,
  'emulator.deleteSnapshot': deleteSnapshot,
  'emulator.advanceClock': advanceClock,
  'emulator.setClockPace': setClockPace,
  'emulator.faults': manageFaults,
  'emulator.showLog': showEmulatorLog,

  newManifest,
  chooseKind,
  convertImages,
  chooseFolder,
  openRule: openRulePage,
  import: importManifest,
  importDisk: importDiskFile,
  repairDisk,
  showDisk: showDiskOfImport,
  plan: planManifest,
  apply: applyManifest,
  export: applyManifest,
  runFile: (context, uri) => applyManifest(context, uri),
  undoLastApply,
  compareManifest,

  'images.refresh': refresh,
  'images.open': openImage,
  'images.showDetails': showDetails,
  'images.compare': compareImage,
  'images.resolveConflict': resolveConflict,
  'images.compareWith': compareImageWith,
  'images.writeManifest': writeManifests,
  'images.copyId': copyImageId,
  'images.addTag': addTag,
  'images.removeTag': removeTags,
  'images.rename': renameImage,
  'images.protect': protect,
  'images.unprotect': unprotect,
  'images.share': shareImages,
  'images.unshare': unshareImages,
  'images.accept': acceptImages,
  'images.acceptById': acceptImageById,
  'images.reject': rejectImages,
  'images.reconsider': reconsiderImages,
  'images.export': exportImage,
  'images.copyOwn': copyOwnImage,
  'images.transfer': transferImage,
  'images.planManifest': planOnImage,
  'images.applyManifest': applyOnImage,
  'images.fixTags': fixTags,
  'images.verify': verifyImage,
  'images.deactivate': deactivateImages,
  'images.reactivate': reactivateImages,
  'images.delete': deleteImages,
  'images.filter': filterImages,
  'images.clearFilter': clearFilter,
  'images.saveFilter': saveFilter,
  'images.deleteFilter': deleteFilter,
  'images.groupBy': groupImages,
  'images.sortBy': sortImages,
  'images.showMore': showMoreImages,

  'servers.create': createServer,
  'servers.showImaging': showImaging,
  'servers.takeImage': takeServerImage,
  'servers.schedule': scheduleImages,
  'servers.rebuild': rebuildServer,
  'servers.copyId': copyServerId,
  'servers.delete': deleteServers,

  'files.refresh': async ({ files }) => files.refresh(),
  'files.showMore': showMore,
  'files.newContainer': newContainer,
  'files.deleteContainer': deleteContainer,
  'files.upload': uploadObject,
  'files.importObject': importObject,
  'files.download': downloadObject,
  'files.verify': verifyFile,
  'files.showDisk': showObject,
  'files.copyPath': copyPath,
  'files.delete': deleteObjects,

  'tasks.showExport': showExported,
  'tasks.openImage': showImported,
  'tasks.showDetails': showTaskDetails,
  'tasks.retry': retryTask,
  'tasks.copyId': copyTaskId,
  'tasks.copyMessage': copyTaskMessage,
  copyAs,
  openHelp,

  'requests.show': showRequests,
  'requests.open': openRequest,
  'requests.copyAs': copyRequest,
  'requests.replay': replayRequest,
  'requests.trace': async (context, row) => (await import('./requests/trace.ts')).traceRefusal(context, row),
  'requests.filter': filterRequests,
  'requests.clear': clearRequests,
};

/** Commands that only work on what a row, a lens or a finding gives them, or do what another does; the palette does not offer them. */
export const withoutPalette: ReadonlySet<string> = new Set([
  'chooseFolder',
  'openRule',
  'runFile',
  'export',
  'files.refresh',
  'files.showMore',
  'images.showMore',
  'files.copyPath',
  'files.delete',
  'files.download',
  'files.importObject',
  'files.verify',
  'files.showDisk',
  'tasks.showExport',
  'tasks.openImage',
  'tasks.showDetails',
  'tasks.retry',
  'tasks.copyId',
  'tasks.copyMessage',
  'copyAs',
  'requests.open',
  'requests.copyAs',
  'requests.replay',
  'requests.trace',
]);
