// Medplum's memory repository with what a real service has beside it: validation, versions, and transactions that leave
// nothing behind when they fail.
import {OperationOutcomeError, validateResource} from '@medplum/core';
import {MemoryRepository} from '@medplum/fhir-router';

export class Repository extends MemoryRepository {
  #integerVersions;
  #undo; // what the transaction under way has to take back, newest last

  /** @param {{integerVersions?: boolean}} options versions count 1, 2, .. instead of being UUIDs */
  constructor({integerVersions = false} = {}) {
    super();
    this.#integerVersions = integerVersions;
  }

  async createResource(resource) {
    validateResource(resource);
    const {resourceType, id} = resource;
    const versions = this.history.get(resourceType)?.get(id)?.length ?? 0;
    const meta = {...resource.meta};
    delete meta.versionId;
    delete meta.lastUpdated;
    if (this.#integerVersions) meta.versionId = String(versions + 1);
    this.#remember(resourceType, id);
    return super.createResource({...resource, meta});
  }

  async deleteResource(resourceType, id) {
    this.#remember(resourceType, id);
    return super.deleteResource(resourceType, id);
  }

  async withTransaction(callback) {
    if (this.#undo) return callback(undefined);
    this.#undo = [];
    try {
      return await callback(undefined);
    } catch (error) {
      for (const step of this.#undo.reverse()) step();
      throw error;
    } finally {
      this.#undo = undefined;
    }
  }

  #remember(resourceType, id) {
    if (!this.#undo) return;
    const before = this.resources.get(resourceType)?.get(id);
    const versions = this.history.get(resourceType)?.get(id)?.length ?? 0;
    this.#undo.push(() => {
      if (before) this.resources.get(resourceType).set(id, before);
      else this.resources.get(resourceType)?.delete(id);
      const history = this.history.get(resourceType)?.get(id);
      if (history) history.length = versions;
    });
  }
}

export {OperationOutcomeError};
